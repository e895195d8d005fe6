import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demoCatalog } from './index.ts'

const { products, users, coupons } = demoCatalog()

test('about a hundred products, each with a Chinese and an English title', () => {
  assert.equal(products.length, 100)
  for (const { title, sku } of products) assert.match(title, /^.*\p{Script=Han}.* · [A-Z0-9].*$/u, sku)
})

test('keys are unique and prices, stocks, balances are whole numbers in range', () => {
  assert.equal(new Set(products.map(({ sku }) => sku)).size, products.length)
  assert.equal(new Set(users.map(({ userId }) => userId)).size, 1_000)
  assert.equal(new Set(coupons.map(({ couponId }) => couponId)).size, coupons.length)
  const amounts = [
    ...products.flatMap(({ priceFen, stock }) => [priceFen, stock]),
    ...coupons.map(({ discountFen }) => discountFen),
    ...users.map(({ balanceFen }) => balanceFen + 1),
  ]
  assert.ok(amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 1))
})

test('every coupon belongs to a user of the catalog, and the first user can pay for the first product', () => {
  const userIds = new Set(users.map(({ userId }) => userId))
  assert.ok(coupons.every(({ userId }) => userIds.has(userId)))
  assert.ok((users[0]?.balanceFen ?? 0) > (products[0]?.priceFen ?? Infinity))
})

test('the same catalog every time', () => assert.deepEqual(demoCatalog(), demoCatalog()))
