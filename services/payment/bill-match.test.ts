import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BillEntry } from '@suanpan/channels'
import { mismatchOf, unbilledPayment, unbilledRefund } from './bill-match.ts'
import { surplusRefundId } from './refund-rules.ts'
import type { PaymentRow, RefundRow } from './tables.ts'
import { factsOf, testOrder } from './testing/orders.ts'
import { paidRow, paymentRow, refundRow } from './testing/rows.ts'

const paid: BillEntry = { kind: 'payment', paymentId: 'pay_1', tradeNo: 'T1', refundId: '', amountFen: 100, at: 3_000 }
const byHand = [{ at: 4_000, what: 'refunded by hand', detail: 'rf_1: 40 fen' }]
const refunded: BillEntry = { ...paid, kind: 'refund', refundId: 'rf_1', amountFen: 40 }

test('a line agrees three ways, or falls into one of four classes, each with its cure', () => {
  const surplus = refundRow({ refundId: surplusRefundId('pay_1'), surplus: 1, amountFen: 100 })
  const cases: { entry: BillEntry; payment?: PaymentRow; refund?: RefundRow; paidBy?: string; shownFen?: number; found: string }[] = [
    { entry: paid, payment: paidRow(), paidBy: 'pay_1', found: 'agrees' },
    { entry: paid, payment: paidRow(), paidBy: 'pay_2', refund: surplus, found: 'agrees' },
    { entry: paid, payment: paidRow({ refundedFen: 60, refundingFen: 40 }), paidBy: '', found: 'agrees' },
    { entry: paid, found: 'THEIRS_ONLY state_trade' },
    { entry: paid, payment: paymentRow(), found: 'THEIRS_ONLY state_trade' },
    { entry: paid, payment: paymentRow({ state: 'closed' }), found: 'THEIRS_ONLY state_trade' },
    { entry: { ...paid, tradeNo: 'T2' }, payment: paidRow(), paidBy: 'pay_1', found: 'THEIRS_ONLY state_trade' },
    { entry: { ...paid, amountFen: 99 }, payment: paidRow(), paidBy: 'pay_1', found: 'AMOUNT_DIFFERS state_trade' },
    { entry: paid, payment: paidRow(), paidBy: '', found: 'STATE_DIFFERS tell_paid' },
    { entry: paid, payment: paidRow(), paidBy: 'pay_2', found: 'STATE_DIFFERS tell_paid' },
    { entry: paid, payment: paidRow(), found: 'STATE_DIFFERS look' },
    { entry: refunded, payment: paidRow({ refundedFen: 40 }), paidBy: 'pay_1', shownFen: 40, refund: refundRow({ state: 'done' }), found: 'agrees' },
    {
      entry: refunded,
      payment: paidRow({ refundedFen: 70 }),
      paidBy: 'pay_1',
      shownFen: 30,
      refund: refundRow({ state: 'done' }),
      found: 'STATE_DIFFERS tell_refund',
    },
    { entry: refunded, payment: paidRow({ refundedFen: 40 }), refund: refundRow({ state: 'done' }), found: 'STATE_DIFFERS tell_refund' },
    { entry: refunded, payment: paidRow({ refundedFen: 40 }), paidBy: 'pay_2', refund: refundRow({ state: 'done', surplus: 1 }), found: 'agrees' },
    { entry: refunded, found: 'THEIRS_ONLY state_refund' },
    { entry: { ...refunded, paymentId: 'pay_2' }, refund: refundRow({ state: 'done', surplus: 1 }), found: 'THEIRS_ONLY state_refund' },
    { entry: refunded, payment: paidRow({ refundedFen: 40, events: byHand }), refund: refundRow({ state: 'done' }), found: 'STATE_DIFFERS confirm_by_hand' },
    {
      entry: refunded,
      payment: paidRow({ refundedFen: 40, events: byHand }),
      refund: refundRow({ state: 'done', surplus: 1 }),
      found: 'STATE_DIFFERS confirm_by_hand',
    },
    { entry: { ...refunded, amountFen: 41 }, refund: refundRow({ state: 'done' }), found: 'AMOUNT_DIFFERS state_refund' },
    { entry: refunded, refund: refundRow({ state: 'asked' }), found: 'STATE_DIFFERS ask_refund' },
    { entry: refunded, refund: refundRow({ state: 'failed' }), found: 'STATE_DIFFERS confirm_refusal' },
    { entry: { ...refunded, amountFen: 41 }, refund: refundRow({ state: 'failed' }), found: 'AMOUNT_DIFFERS confirm_refusal' },
  ]
  for (const { entry, payment, refund, paidBy, shownFen = 0, found } of cases) {
    const facts = paidBy === undefined ? undefined : factsOf('ord_1', testOrder({ expiresAt: 9_000, paymentId: paidBy, platformRefundedFen: shownFen }))
    const mismatch = mismatchOf(entry, {
      payments: new Map(payment === undefined ? [] : [[payment.paymentId, payment]]),
      refunds: new Map(refund === undefined ? [] : [[refund.refundId, refund]]),
      orders: new Map(facts === undefined ? [] : [['ord_1', facts]]),
    })
    assert.equal(mismatch === undefined ? 'agrees' : `${mismatch.kind.replace('DIFFERENCE_KIND_', '')} ${mismatch.cure.kind}`, found)
    if (mismatch !== undefined) assert.equal(mismatch.theirFen, entry.amountFen)
  }
})

test('what a bill does not have', () => {
  const payment = unbilledPayment(paidRow())
  assert.deepEqual([payment.kind, payment.ourFen, payment.theirFen, payment.cure.kind], ['DIFFERENCE_KIND_OURS_ONLY', 100, 0, 'ask_trade'])
  const refund = unbilledRefund(refundRow({ state: 'done' }), paidRow())
  assert.deepEqual([refund.kind, refund.ourFen, refund.theirFen, refund.cure.kind], ['DIFFERENCE_KIND_OURS_ONLY', 40, 0, 'confirm_refund'])
  assert.equal(unbilledRefund(refundRow({ state: 'done' }), paidRow({ events: byHand })).cure.kind, 'confirm_by_hand')
})
