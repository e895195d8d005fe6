import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed, type SeedReport } from './run.ts'

/** About a tenth of a second each. */
const fixedSeeds = 120
const freshSeeds = 60

/** What a set of runs has to meet: a simulator that never gets there proves nothing about it. */
const mustBeReached = [
  'PLACE_OUTCOME_PLACED',
  'PLACE_OUTCOME_ACCEPTED',
  'PLACE_OUTCOME_REFUSED',
  'PLACE_OUTCOME_UNAVAILABLE',
  'PLACE_OUTCOME_UNKNOWN_SKU',
  'PLACE_OUTCOME_OVERLOADED',
  'PLACE_OUTCOME_IDEMPOTENCY_KEY_REUSED',
  'ORDER_STATE_PAID',
  'ORDER_STATE_CANCELLED CANCEL_REASON_OUT_OF_STOCK',
  'ORDER_STATE_CANCELLED CANCEL_REASON_COUPON_NOT_USABLE',
  'ORDER_STATE_CANCELLED CANCEL_REASON_INSUFFICIENT_BALANCE',
  'ORDER_STATE_CANCELLED CANCEL_REASON_CONFIRM_FAILED',
  'ORDER_STATE_CANCELLED CANCEL_REASON_TIMED_OUT',
  'ORDER_STATE_CANCELLED CANCEL_REASON_UNPAID',
  'ORDER_STATE_CANCELLED CANCEL_REASON_CUSTOMER',
  'CANCEL_OUTCOME_CANCELLED',
  'CANCEL_OUTCOME_NOT_CANCELLABLE',
  'inventory.release.barred',
  'inventory.release.released',
  'inventory.sell.sold',
  'inventory.sell.nothing',
  'coupon.release.barred',
  'coupon.release.released',
  'coupon.return.returned',
  'coupon.return.expired',
  'user.release.barred',
  'user.release.released',
  'points.duplicate_dropped',
  'bus.retried',
  'CREATE_PAYMENT_OUTCOME_CREATED',
  'CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE',
  'CREATE_PAYMENT_OUTCOME_UNAVAILABLE',
  'payment.create.known',
  'payment.paid',
  'payment.already_paid',
  'payment.closed',
  'payment.dropped',
  'payment.quarantined',
  'order.pay.moved',
  'order.pay.already',
  'order.pay.surplus',
  'ORDER_STATE_PARTIALLY_REFUNDED',
  'ORDER_STATE_REFUNDED',
  'REFUND_ORDER_OUTCOME_ACCEPTED',
  'REFUND_ORDER_OUTCOME_EXCEEDS_PAID',
  'REFUND_ORDER_OUTCOME_NOT_REFUNDABLE',
  'REFUND_ORDER_OUTCOME_IDEMPOTENCY_KEY_REUSED',
  'payment.refund_done',
  'payment.refund_failed',
  'order.settle_refund.done',
  'order.settle_refund.failed',
  'user.refund.credited',
  'user.refund.nothing',
  'points.reverse.reversed',
  'points.reverse.nothing',
  'log.duplicate_dropped',
]

function assertWell({ seed, faults }: SeedReport): void {
  assert.deepEqual(faults, [], `see it with: npx suanpan sim --seed ${seed}`)
}

test('the same seed is the same day, step by step', async () => {
  for (const seed of [3, 42, 4711]) {
    const [first, second] = [await runSeed(seed), await runSeed(seed)]
    assert.deepEqual(first.trace, second.trace)
    assert.equal(first.steps, second.steps)
  }
})

test(`seeds 1 to ${fixedSeeds}: the books balance whatever fails, and everything is met`, async () => {
  const reached = new Map<string, number>()
  for (let seed = 1; seed <= fixedSeeds; seed++) {
    const report = await runSeed(seed)
    assertWell(report)
    for (const [what, count] of report.reached) reached.set(what, (reached.get(what) ?? 0) + count)
  }
  assert.deepEqual(
    mustBeReached.filter((what) => !reached.has(what)),
    [],
    'never reached',
  )
})

test(`${freshSeeds} seeds that nobody has seen`, async (context) => {
  const base = Math.floor(Math.random() * 1_000_000_000)
  context.diagnostic(`seeds ${base} to ${base + freshSeeds - 1}`)
  for (let seed = base; seed < base + freshSeeds; seed++) assertWell(await runSeed(seed))
})
