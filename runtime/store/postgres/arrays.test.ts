import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SqlValue } from '../table.ts'
import { binaryArray, type ElementType } from './arrays.ts'

/** How the server reads them back is the conformance tests' matter. */
const misfits: readonly [type: ElementType, value: SqlValue][] = [
  ['text', 1],
  ['text', new Uint8Array([97])],
  ['bigint', '1'],
  ['bigint', new Uint8Array(8)],
  ['bytea', 'a'],
  ['bytea', 1],
]

for (const [type, value] of misfits) {
  test(`${typeof value} ${String(value)} is refused as ${type}, not written as something else`, () => {
    assert.throws(() => binaryArray(type, [null, value]), { name: 'TypeError', message: new RegExp(`column of type ${type}`) })
  })
}
