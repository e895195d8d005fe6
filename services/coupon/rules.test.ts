import assert from 'node:assert/strict'
import { test } from 'node:test'
import { couponState, decideClaim, decideCoupon, decideRelease, decideReturn } from './rules.ts'
import type { ClaimRow, ClaimState, CouponRow } from './tables.ts'
import { coupon as declaration } from './testing.ts'

function couponRow(change: Partial<CouponRow> = {}): CouponRow {
  return { couponId: 'cpn-1', userId: 'user-1', discountFen: 500, minimumSpendFen: 0, expiresAt: null, holderOrderId: null, ...change }
}

function claimRow(state: ClaimState, change: Partial<ClaimRow> = {}): ClaimRow {
  const settledAt = state === 'held' ? 0 : 2_000
  return { orderId: 'ord_1', state, couponId: 'cpn-1', userId: 'user-1', discountFen: 500, refusal: null, takenAt: 1_000, settledAt, ...change }
}

const request = { orderId: 'ord_1', couponId: 'cpn-1', userId: 'user-1', itemsFen: 10_000, at: 5_000 }

test('a claim is refused for the first reason there is, once for each order', () => {
  const refused = claimRow('refused', { discountFen: 0, refusal: 'CLAIM_OUTCOME_EXPIRED' })
  const cases: { known?: ClaimRow; coupon?: CouponRow; itemsFen?: number; outcome: string; discountFen?: number; state?: ClaimState }[] = [
    { known: claimRow('released'), coupon: couponRow(), outcome: 'ALREADY_RELEASED' },
    { known: refused, coupon: couponRow(), outcome: 'EXPIRED' },
    { known: claimRow('held', { discountFen: 300 }), coupon: couponRow({ holderOrderId: 'ord_1' }), outcome: 'CLAIMED', discountFen: 300 },
    { known: claimRow('spent', { discountFen: 300 }), coupon: couponRow({ holderOrderId: 'ord_1' }), outcome: 'CLAIMED', discountFen: 300 },
    { outcome: 'NOT_OWNED', state: 'refused' },
    { coupon: couponRow({ userId: 'user-2', holderOrderId: 'ord_0' }), outcome: 'NOT_OWNED', state: 'refused' },
    { coupon: couponRow({ holderOrderId: 'ord_0', expiresAt: 4_000 }), outcome: 'TAKEN', state: 'refused' },
    { coupon: couponRow({ expiresAt: 5_000, minimumSpendFen: 20_000 }), outcome: 'EXPIRED', state: 'refused' },
    { coupon: couponRow({ expiresAt: 5_001, minimumSpendFen: 10_001 }), outcome: 'BELOW_MINIMUM_SPEND', state: 'refused' },
    { coupon: couponRow({ expiresAt: 5_001, minimumSpendFen: 10_000 }), outcome: 'CLAIMED', discountFen: 500, state: 'held' },
    { coupon: couponRow({ discountFen: 20_000 }), outcome: 'CLAIMED', discountFen: 10_000, state: 'held' },
    { coupon: couponRow(), itemsFen: 0, outcome: 'CLAIMED', discountFen: 0, state: 'held' },
  ]
  for (const { known, coupon, itemsFen = 10_000, outcome, discountFen = 0, state } of cases) {
    const change = decideClaim({ ...request, itemsFen }, known, new Map(coupon === undefined ? [] : [['cpn-1', coupon]]))
    assert.deepEqual(change.outcome, { outcome: `CLAIM_OUTCOME_${outcome}`, discountFen })
    assert.equal(change.guard?.state, state)
    assert.deepEqual(change.books, state === 'held' ? [{ ...coupon, holderOrderId: 'ord_1' }] : undefined)
  }
})

test('only what is held is freed, and a cancel that comes first bars the claim', () => {
  const cases: { known?: ClaimRow; outcome: string; freed?: CouponRow[] }[] = [
    { outcome: 'barred' },
    { known: claimRow('refused'), outcome: 'nothing' },
    { known: claimRow('released'), outcome: 'nothing' },
    { known: claimRow('spent'), outcome: 'nothing' },
    { known: claimRow('held'), outcome: 'released', freed: [couponRow()] },
  ]
  for (const { known, outcome, freed } of cases) {
    const change = decideRelease({ orderId: 'ord_1', at: 2_000 }, known, new Map([['cpn-1', couponRow({ holderOrderId: 'ord_1' })]]))
    assert.equal(change.outcome, outcome)
    assert.equal(change.guard?.state, outcome === 'nothing' ? undefined : 'released')
    assert.deepEqual(change.books, freed)
  }
})

test('a full refund returns the coupon that its order holds, unless it has expired', () => {
  const cases: { known?: ClaimRow; expiresAt?: number; outcome: string; state?: ClaimState; freed?: CouponRow[] }[] = [
    { outcome: 'nothing' },
    { known: claimRow('refused'), outcome: 'nothing' },
    { known: claimRow('released'), outcome: 'nothing' },
    { known: claimRow('spent'), outcome: 'nothing' },
    { known: claimRow('held'), expiresAt: 2_000, outcome: 'expired', state: 'spent' },
    { known: claimRow('held'), expiresAt: 2_001, outcome: 'returned', state: 'released', freed: [couponRow({ expiresAt: 2_001 })] },
    { known: claimRow('held'), outcome: 'returned', state: 'released', freed: [couponRow()] },
  ]
  for (const { known, expiresAt = null, outcome, state, freed } of cases) {
    const change = decideReturn({ orderId: 'ord_1', at: 2_000 }, known, new Map([['cpn-1', couponRow({ holderOrderId: 'ord_1', expiresAt })]]))
    assert.equal(change.outcome, outcome)
    assert.deepEqual(change.guard, known && state && { ...known, state, settledAt: 2_000 })
    assert.deepEqual(change.books, freed)
  }
})

test('a coupon may be declared anew while it is free', () => {
  const held = couponRow({ holderOrderId: 'ord_1' })
  const cases: { known?: CouponRow; declared: Parameters<typeof declaration>[1]; outcome: string; row?: CouponRow }[] = [
    { declared: { expiresAt: 9_000 }, outcome: 'CREATED', row: couponRow({ expiresAt: 9_000 }) },
    { known: held, declared: {}, outcome: 'UNCHANGED' },
    { known: couponRow({ expiresAt: 9_000 }), declared: { expiresAt: 9_000 }, outcome: 'UNCHANGED' },
    { known: held, declared: { discountFen: 600 }, outcome: 'CONFLICT' },
    { known: held, declared: { userId: 'user-2' }, outcome: 'CONFLICT' },
    { known: couponRow(), declared: { userId: 'user-2' }, outcome: 'UPDATED', row: couponRow({ userId: 'user-2' }) },
    { known: couponRow(), declared: { discountFen: 600 }, outcome: 'UPDATED', row: couponRow({ discountFen: 600 }) },
    { known: couponRow(), declared: { minimumSpendFen: 1 }, outcome: 'UPDATED', row: couponRow({ minimumSpendFen: 1 }) },
    { known: couponRow({ expiresAt: 9_000 }), declared: {}, outcome: 'UPDATED', row: couponRow() },
  ]
  for (const { known, declared, outcome, row } of cases) {
    assert.deepEqual(
      decideCoupon(known, declaration('cpn-1', declared)),
      row === undefined ? { outcome: `IMPORT_OUTCOME_${outcome}` } : { outcome: `IMPORT_OUTCOME_${outcome}`, row },
    )
  }
})

test('its owner sees whether a coupon can be used now', () => {
  const cases = [
    { row: couponRow({ holderOrderId: 'ord_1', expiresAt: 4_000 }), state: 'CLAIMED' },
    { row: couponRow({ expiresAt: 5_000 }), state: 'EXPIRED' },
    { row: couponRow({ expiresAt: 5_001 }), state: 'USABLE' },
    { row: couponRow(), state: 'USABLE' },
  ]
  for (const { row, state } of cases) assert.equal(couponState(row, 5_000), `COUPON_STATE_${state}`)
})
