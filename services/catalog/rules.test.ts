import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideProduct } from './rules.ts'

test('a product is as it was declared last', () => {
  const tea = { sku: 'TEA', title: '龙井 Longjing', priceFen: 8_800 }
  const cases = [
    { known: undefined, declared: tea, expected: { outcome: 'IMPORT_OUTCOME_CREATED', row: tea } },
    { known: tea, declared: { ...tea }, expected: { outcome: 'IMPORT_OUTCOME_UNCHANGED' } },
    { known: tea, declared: { ...tea, priceFen: 0 }, expected: { outcome: 'IMPORT_OUTCOME_UPDATED', row: { ...tea, priceFen: 0 } } },
    { known: tea, declared: { ...tea, title: '' }, expected: { outcome: 'IMPORT_OUTCOME_UPDATED', row: { ...tea, title: '' } } },
  ]
  for (const { known, declared, expected } of cases) assert.deepEqual(decideProduct(known, declared), expected)
})
