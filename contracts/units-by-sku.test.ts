import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitsBySkuOf } from './units-by-sku.ts'

test('the order of lines makes no difference, nor how many lines a SKU has; what is of which SKU does', () => {
  const tea = { sku: 'TEA', quantity: 1 }
  const book = { sku: 'BOOK', quantity: 1 }
  assert.equal(unitsBySkuOf([tea, book, tea]), 'BOOK 1, TEA 2')
  assert.equal(unitsBySkuOf([book, { ...tea, quantity: 2 }]), 'BOOK 1, TEA 2')
  assert.equal(unitsBySkuOf([tea, { ...book, quantity: 2 }]), 'BOOK 2, TEA 1')
  assert.equal(unitsBySkuOf([]), '')
})
