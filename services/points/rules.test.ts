import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideGrants, pointsFor } from './rules.ts'

test('a point for each whole yuan', () => {
  const cases = [
    { paidFen: 0, points: 0 },
    { paidFen: 99, points: 0 },
    { paidFen: 100, points: 1 },
    { paidFen: 12_399, points: 123 },
  ]
  for (const { paidFen, points } of cases) assert.equal(pointsFor(paidFen), points)
})

test('an order that has its grant gets no other, in this batch or an earlier one', () => {
  const known = new Map([['ord_1', { orderId: 'ord_1', userId: 'user-1', points: 7, grantedAt: 1_000 }]])
  const accounts = new Map([['user-1', { userId: 'user-1', points: 7 }]])
  const paid = [
    { orderId: 'ord_1', userId: 'user-1', paidFen: 700 },
    { orderId: 'ord_2', userId: 'user-1', paidFen: 250 },
    { orderId: 'ord_3', userId: 'user-2', paidFen: 50 },
    { orderId: 'ord_2', userId: 'user-1', paidFen: 250 },
    { orderId: 'ord_4', userId: 'user-1', paidFen: 100 },
  ]
  assert.deepEqual(decideGrants(paid, known, accounts, 2_000), {
    grants: [
      { orderId: 'ord_2', userId: 'user-1', points: 2, grantedAt: 2_000 },
      { orderId: 'ord_3', userId: 'user-2', points: 0, grantedAt: 2_000 },
      { orderId: 'ord_4', userId: 'user-1', points: 1, grantedAt: 2_000 },
    ],
    accounts: [
      { userId: 'user-1', points: 10 },
      { userId: 'user-2', points: 0 },
    ],
  })
})
