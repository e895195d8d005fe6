import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KnownRefund } from '@suanpan/channels'
import { decideByHand, decideOpenRefund, decideRefund, decideRefused, decideTurn, surplusRefundId, type RefundDecision } from './refund-rules.ts'
import type { PaymentRow, RefundRow } from './tables.ts'
import { orderRow, paidRow, paymentRow, refundRow } from './testing/rows.ts'

test('a refund is opened once, and for no more than is left', () => {
  const cases: { refund?: RefundRow; payment?: PaymentRow; amountFen?: number; outcome: string | number }[] = [
    { outcome: 'there is no payment pay_1' },
    { payment: paymentRow(), amountFen: 1, outcome: 'payment pay_1 is not paid' },
    { payment: paymentRow({ state: 'closed' }), amountFen: 1, outcome: 'payment pay_1 is not paid' },
    { refund: refundRow(), payment: paidRow(), amountFen: 40, outcome: 'known' },
    { payment: paidRow(), amountFen: 101, outcome: 'payment pay_1 has 100 fen left, 101 are asked for' },
    { payment: paidRow(), amountFen: 0, outcome: 'payment pay_1 has 100 fen left, 0 are asked for' },
    { payment: paidRow({ refundingFen: 30, refundedFen: 20 }), amountFen: 51, outcome: 'payment pay_1 has 50 fen left, 51 are asked for' },
    { payment: paidRow({ refundingFen: 30, refundedFen: 20 }), amountFen: 50, outcome: 80 },
    { payment: paidRow({ refundingFen: 30, refundedFen: 20 }), outcome: 80 },
    { payment: paidRow({ refundedFen: 100 }), outcome: 'payment pay_1 has 0 fen left, 0 are asked for' },
    { payment: paidRow(), amountFen: 100, outcome: 100 },
  ]
  for (const { refund, payment, amountFen, outcome } of cases) {
    const request = { refundId: 'rf_1', paymentId: 'pay_1', amountFen, reason: 'broken', at: 4_000, traceparent: '' }
    const decision = decideOpenRefund(refund, payment, request)
    assert.equal(decision.kind === 'opened' ? decision.payment.refundingFen : decision.kind === 'impossible' ? decision.because : decision.kind, outcome)
    if (decision.kind === 'opened') assert.deepEqual([decision.refund.surplus, decision.refund.askAt], [amountFen === undefined ? 1 : 0, 4_000])
  }
})

test('a refund ends once; what a person has to look at ends nothing', () => {
  const done = (amountFen = 40): KnownRefund => ({ state: 'done', amountFen })
  const cases: { refund?: Partial<RefundRow>; report: KnownRefund | 'refused' | 'refused, perhaps'; outcome: string; askAt?: number | null | undefined }[] = [
    { report: done(), outcome: 'done', askAt: null },
    { refund: { state: 'waiting', tries: 0 }, report: done(), outcome: 'done', askAt: null },
    { refund: { state: 'stuck', askAt: null }, report: done(), outcome: 'done', askAt: null },
    { refund: { surplus: 1 }, report: done(), outcome: 'done', askAt: null },
    { report: done(39), outcome: 'refund_amount_differs', askAt: null },
    { report: done(41), outcome: 'refund_amount_differs', askAt: null },
    { report: { state: 'closed' }, outcome: 'failed', askAt: null },
    { refund: { surplus: 1 }, report: { state: 'closed' }, outcome: 'refund_refused', askAt: null },
    { report: 'refused', outcome: 'failed', askAt: null },
    { refund: { surplus: 1 }, report: 'refused', outcome: 'refund_refused', askAt: null },
    { report: 'refused, perhaps', outcome: 'refund_refused', askAt: null },
    { refund: { surplus: 1 }, report: 'refused, perhaps', outcome: 'refund_refused', askAt: null },
    { report: { state: 'abnormal' }, outcome: 'refund_abnormal', askAt: null },
    { report: { state: 'processing' }, outcome: 'waits asked', askAt: 5_000 },
    { refund: { askAt: 5_000 }, report: { state: 'processing' }, outcome: 'nothing' },
    { refund: { state: 'stuck', askAt: null }, report: { state: 'processing' }, outcome: 'waits asked', askAt: 5_000 },
    { refund: { state: 'done' }, report: done(), outcome: 'nothing' },
    { refund: { state: 'done' }, report: done(1), outcome: 'refund_amount_differs', askAt: undefined },
    { refund: { state: 'failed' }, report: done(), outcome: 'refund_after_refusal', askAt: undefined },
    { refund: { state: 'done', askAt: null }, report: { state: 'processing' }, outcome: 'nothing' },
    { refund: { state: 'failed', askAt: null }, report: { state: 'processing' }, outcome: 'waits failed', askAt: 5_000 },
    { refund: { state: 'failed', askAt: 5_000 }, report: { state: 'processing' }, outcome: 'nothing' },
    ...(['done', 'failed'] as const).flatMap((state) =>
      [{ state: 'closed' } as const, { state: 'abnormal' } as const, 'refused' as const].map((report) => ({
        refund: { state },
        report,
        outcome: 'nothing',
      })),
    ),
  ]
  for (const { refund: change, report, outcome, askAt } of cases) {
    const [refund, payment, order] = [refundRow(change), paidRow({ refundingFen: 40, refundedFen: 10 }), orderRow({ capturedFen: 100, refundedFen: 10 })]
    const decision =
      typeof report === 'string'
        ? decideRefused(refund, payment, order, { code: 'NO', isProven: report === 'refused' }, 5_000)
        : decideRefund(refund, payment, order, report, 5_000)
    assert.equal(nameOf(decision), outcome)
    if ('refund' in decision) assert.equal(decision.refund?.askAt, askAt)
    if (decision.kind === 'done') {
      assert.deepEqual([decision.payment.refundingFen, decision.payment.refundedFen, decision.order.refundedFen], [0, 50, 50])
    }
    if (decision.kind === 'failed') {
      assert.deepEqual([decision.payment.refundingFen, decision.payment.refundedFen, decision.order.refundedFen], [0, 10, 10])
    }
  }
})

test('a person is believed only of a refund that waits for one, and once', () => {
  const byHand = [{ at: 4_000, what: 'refunded by hand', detail: 'rf_1: 40 fen' }]
  const cases: { state: RefundRow['state']; events?: PaymentRow['events']; outcome: string }[] = [
    { state: 'waiting', outcome: 'nothing' },
    { state: 'asked', outcome: 'nothing' },
    { state: 'failed', outcome: 'nothing' },
    { state: 'done', outcome: 'nothing' },
    { state: 'done', events: [{ at: 4_000, what: 'refunded', detail: 'rf_1: 40 fen' }], outcome: 'nothing' },
    { state: 'done', events: [{ at: 4_000, what: 'refunded by hand', detail: 'rf_2: 40 fen' }], outcome: 'nothing' },
    { state: 'done', events: byHand, outcome: 'already_by_hand' },
    { state: 'stuck', outcome: 'done' },
  ]
  for (const { state, events = [], outcome } of cases) {
    const payment = paidRow({ refundingFen: 40, refundedFen: 10, events })
    const decision = decideByHand(refundRow({ state, askAt: null }), payment, orderRow({ capturedFen: 100, refundedFen: 10 }), 4_000)
    assert.equal(decision.kind, outcome)
    if (decision.kind !== 'done') continue
    assert.deepEqual([decision.payment.refundingFen, decision.payment.refundedFen, decision.order.refundedFen], [0, 50, 50])
    assert.deepEqual([decision.refund.state, decision.payment.events], ['done', byHand])
    // What the platform gives back later went back twice; that it gave up is only what was known.
    const later = (report: KnownRefund) => nameOf(decideRefund(decision.refund, decision.payment, decision.order, report, 5_000))
    assert.equal(later({ state: 'done', amountFen: 40 }), 'refund_after_by_hand')
    assert.equal(later({ state: 'closed' }), 'nothing')
    assert.equal(later({ state: 'processing' }), 'waits done')
  }
})

test('refunds of one payment take turns, and nobody undoes what another did meanwhile', () => {
  const pausesMs = { betweenRefundsMs: 8_000, askAgainAfterMs: 10_000 }
  const asked = (at: number, refundId = 'rf_2') => ({ at, what: 'refund asked for', detail: refundId })
  const waiting: Partial<RefundRow> = { state: 'waiting', tries: 0, askAt: 40_000 }
  const claimed: Partial<RefundRow> = { state: 'asked', tries: 1, askAt: 60_000 }
  const cases: { name: string; events?: PaymentRow['events']; before?: Partial<RefundRow>; refund?: Partial<RefundRow>; outcome: string }[] = [
    { name: 'the only one', outcome: 'ask asked 1 60000' },
    { name: 'after the pause', events: [asked(42_000)], outcome: 'ask asked 1 60000' },
    { name: 'too early', events: [asked(42_001)], outcome: 'put_off waiting 0 50001' },
    { name: 'noted by a clock that ran ahead', events: [asked(42_001), asked(90_000)], outcome: 'put_off waiting 0 50001' },
    { name: 'noted by a clock that is a little ahead', events: [asked(50_040)], outcome: 'put_off waiting 0 58000' },
    { name: 'noted by one that is ahead by the pause', events: [asked(58_000)], outcome: 'ask asked 1 60000' },
    { name: 'noted only by one', events: [asked(90_000)], outcome: 'ask asked 1 60000' },
    { name: 'claimed by another meanwhile', events: [asked(49_000)], refund: { tries: 2 }, outcome: 'overtaken' },
    { name: 'and its turn', refund: { tries: 2 }, outcome: 'overtaken' },
    { name: 'stuck', before: { state: 'stuck', askAt: null }, refund: { state: 'stuck', askAt: null }, outcome: 'ask asked 1 60000' },
    { name: 'stuck, too early', events: [asked(49_000)], before: { state: 'stuck' }, refund: { state: 'stuck' }, outcome: 'put_off asked 1 57000' },
  ]
  for (const { name, events = [], before, refund, outcome } of cases) {
    const rows = [refundRow({ ...claimed, ...refund }), paidRow({ events }), refundRow({ ...waiting, ...before })] as const
    const decision = decideTurn(...rows, pausesMs, 50_000)
    const row = 'refund' in decision ? decision.refund : undefined
    assert.equal(row === undefined ? decision.kind : `${decision.kind} ${row.state} ${row.tries} ${row.askAt}`, outcome, name)
    // What happened is only ever added to.
    if (decision.kind === 'ask') assert.deepEqual(decision.payment.events, [...events, asked(50_000, 'rf_1')], name)
  }
  const again = [asked(10_000, 'rf_1'), asked(20_000)]
  const decision = decideTurn(refundRow(claimed), paidRow({ events: again }), refundRow(waiting), pausesMs, 50_000)
  assert.deepEqual(decision.kind === 'ask' ? decision.payment.events : [], [...again, asked(50_000, 'rf_1')])
  // Asked for without end, it does not make the list longer without end; what happened otherwise stays.
  const often = [asked(10_000, 'rf_1'), { at: 10_500, what: 'refunded', detail: 'rf_3: 1 fen' }]
  const later = Array.from({ length: 20 }, (_, index) => asked(11_000 + index, 'rf_1'))
  const ofAnother = [asked(11_500), asked(11_501)]
  const shortened = decideTurn(refundRow(claimed), paidRow({ events: [...often, ...later, ...ofAnother] }), refundRow(waiting), pausesMs, 50_000)
  assert.deepEqual(shortened.kind === 'ask' ? shortened.payment.events : [], [...often, ...later.slice(1), ...ofAnother, asked(50_000, 'rf_1')])
})

function nameOf(decision: RefundDecision): string {
  if (decision.kind === 'quarantine') return decision.reason
  return decision.kind === 'waits' ? `waits ${decision.refund.state}` : decision.kind
}

test('one payment, one number for its surplus, and one that both platforms take', () => {
  const number = surplusRefundId('pay_01M8B057G000GC010R010R010R')
  assert.equal(number, 'rs_01M8B057G000GC010R010R010R')
  assert.notEqual(number, surplusRefundId('pay_01M8B057G000GC010R010R010S'))
})
