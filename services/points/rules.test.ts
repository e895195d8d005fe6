import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideGrants, decideReversal } from './rules.ts'
import type { GrantRow } from './tables.ts'

function grant(orderId: string, userId: string, paidFen: number, change: Partial<GrantRow> = {}): GrantRow {
  const points = Math.floor(paidFen / 100)
  return { orderId, userId, points, paidFen, refundedFen: 0, takenBackPoints: 0, grantedAt: 2_000, changedAt: 2_000, ...change }
}

test('an order that has its grant gets no other, in this batch or an earlier one', () => {
  const known = new Map([['ord_1', grant('ord_1', 'user-1', 700)]])
  const accounts = new Map([['user-1', { userId: 'user-1', points: 7 }]])
  const paid = [
    { orderId: 'ord_1', userId: 'user-1', paidFen: 700 },
    { orderId: 'ord_2', userId: 'user-1', paidFen: 250 },
    { orderId: 'ord_3', userId: 'user-2', paidFen: 50 },
    { orderId: 'ord_2', userId: 'user-1', paidFen: 250 },
    { orderId: 'ord_4', userId: 'user-1', paidFen: 100 },
  ]
  assert.deepEqual(decideGrants(paid, known, accounts, 2_000), {
    grants: [grant('ord_2', 'user-1', 250), grant('ord_3', 'user-2', 50), grant('ord_4', 'user-1', 100)],
    accounts: [
      { userId: 'user-1', points: 10 },
      { userId: 'user-2', points: 0 },
    ],
  })
})

test('a refund takes back its share of the points, once, after the grant, and never for more than was paid', () => {
  const refund = { refundId: 'rf_1', orderId: 'ord_1', amountFen: 299, at: 3_000 }
  const reversed = { refundId: 'rf_1', orderId: 'ord_1', amountFen: 299, points: 0, reversedAt: 3_000 }
  const cases: { known?: typeof reversed; grant?: GrantRow; kind: string; points?: number }[] = [
    { known: reversed, grant: grant('ord_1', 'user-1', 1_000), kind: 'nothing' },
    { kind: 'missing' },
    { grant: grant('ord_1', 'user-1', 298), kind: 'exceeds_paid' },
    { grant: grant('ord_1', 'user-1', 1_000, { refundedFen: 702, takenBackPoints: 7 }), kind: 'exceeds_paid' },
    { grant: grant('ord_1', 'user-1', 1_000), kind: 'reversed', points: 2 },
    { grant: grant('ord_1', 'user-1', 1_000, { refundedFen: 299, takenBackPoints: 2 }), kind: 'reversed', points: 3 },
    { grant: grant('ord_1', 'user-1', 1_000, { refundedFen: 701, takenBackPoints: 7 }), kind: 'reversed', points: 3 },
    { grant: grant('ord_1', 'user-1', 299), kind: 'reversed', points: 2 },
  ]
  for (const { known, grant: of, kind, points } of cases) {
    const { outcome, guard, books } = decideReversal(refund, known, new Map(of === undefined ? [] : [['ord_1', of]]))
    assert.equal(outcome.kind, kind)
    assert.deepEqual(guard, points === undefined ? undefined : { ...reversed, points })
    const sums = of === undefined || points === undefined ? undefined : { refundedFen: of.refundedFen + 299, takenBackPoints: of.takenBackPoints + points }
    assert.deepEqual(books, sums && [{ ...of, ...sums, changedAt: 3_000 }])
  }
})
