import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from './schemas.ts'

test('the dearest order that can be asked for comes to an exact integer', () => {
  assert(Number.isSafeInteger(limits.linesPerOrder * limits.quantityPerLine * limits.priceFen))
})
