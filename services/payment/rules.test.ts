import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideCreated, decideOpen, decideTrade, noted, type KnownTrade, type Opening } from './rules.ts'
import type { PaymentState } from './states.ts'
import type { PaymentOrderRow, PaymentRow } from './tables.ts'
import { orderRow, paymentRow } from './testing/rows.ts'

const opening: Opening = {
  paymentId: 'pay_2',
  orderId: 'ord_1',
  userId: 'user-1',
  channel: 'alipay',
  product: 'page',
  amountFen: 100,
  subject: 'Tea',
  customer: '',
  expiresAt: 9_000,
  queryAt: 3_000,
  at: 2_000,
  traceparent: '',
}

test('an attempt is opened unless the order takes none, or the same one is open', () => {
  const crowd = Array.from({ length: 20 }, (_, index) => paymentRow({ paymentId: `pay_${index}`, state: 'closed' }))
  const cases: { order?: Partial<PaymentOrderRow>; attempts?: PaymentRow[]; change?: Partial<Opening>; kind: string }[] = [
    { kind: 'opened' },
    { order: { barred: 1, capturedFen: 100 }, attempts: [paymentRow()], kind: 'barred' },
    { order: { capturedFen: 100 }, attempts: [paymentRow()], kind: 'paid' },
    { order: {}, attempts: [paymentRow()], kind: 'known' },
    { order: {}, attempts: [paymentRow({ state: 'creating', link: null })], kind: 'known' },
    { order: {}, attempts: [paymentRow({ state: 'refused' })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ state: 'closed' })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ channel: 'wechat' })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ product: 'wap' })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ customer: 'somebody' })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ customer: 'somebody' })], change: { customer: 'somebody' }, kind: 'known' },
    { order: {}, attempts: [paymentRow({ expiresAt: 2_000 })], kind: 'opened' },
    { order: {}, attempts: [paymentRow({ expiresAt: 2_001 })], kind: 'known' },
    { order: {}, attempts: crowd, kind: 'too_many' },
    { order: {}, attempts: [...crowd, paymentRow()], kind: 'known' },
    { order: {}, attempts: crowd.slice(1), kind: 'opened' },
  ]
  for (const { order, attempts = [], change, kind } of cases) {
    const decision = decideOpen(order === undefined ? undefined : orderRow(order), attempts, { ...opening, ...change })
    assert.equal(decision.kind, kind)
    if (decision.kind === 'opened') {
      assert.deepEqual([decision.payment.state, decision.payment.link, decision.payment.queryAt], ['creating', null, 3_000])
      assert.deepEqual(decision.order.paymentIds, order === undefined ? ['pay_2'] : ['pay_1', 'pay_2'])
    }
  }
})

test('what the platform answers to the making moves only what is still being made', () => {
  const link = { kind: 'code', codeUrl: 'code://1' } as const
  const cases: { state: PaymentState; offered: PaymentState; refused: PaymentState }[] = [
    { state: 'creating', offered: 'pending', refused: 'refused' },
    { state: 'pending', offered: 'pending', refused: 'pending' },
    { state: 'refused', offered: 'refused', refused: 'refused' },
    { state: 'closed', offered: 'closed', refused: 'closed' },
    { state: 'paid', offered: 'paid', refused: 'paid' },
  ]
  for (const { state, offered, refused } of cases) {
    assert.equal(decideCreated(paymentRow({ state, link: null }), { link }, 5_000).state, offered)
    assert.equal(decideCreated(paymentRow({ state, link: null }), { refusedBecause: 'NO' }, 5_000).state, refused)
  }
  assert.deepEqual(decideCreated(paymentRow({ link: { kind: 'code', codeUrl: 'code://0' } }), { link }, 5_000).link, link)
})

test('paid wins over everything, closed over what is open, and what cannot be right changes nothing', () => {
  const paid = (change: Partial<Extract<KnownTrade, { state: 'paid' }>> = {}): KnownTrade => ({
    state: 'paid',
    tradeNo: 'T1',
    amountFen: 100,
    currency: 'CNY',
    paidAt: 4_000,
    ...change,
  })
  const states: readonly PaymentState[] = ['creating', 'pending', 'refused', 'closed', 'paid']
  const cases: { trade: KnownTrade; outcomes: readonly string[] }[] = [
    { trade: { state: 'unpaid' }, outcomes: ['nothing', 'nothing', 'nothing', 'nothing', 'nothing'] },
    { trade: { state: 'closed' }, outcomes: ['closed', 'closed', 'closed', 'nothing', 'nothing'] },
    { trade: paid(), outcomes: ['paid', 'paid', 'paid', 'paid', 'nothing'] },
    { trade: paid({ tradeNo: 'T2' }), outcomes: ['paid', 'paid', 'paid', 'paid', 'trade_differs'] },
    { trade: paid({ amountFen: 99 }), outcomes: states.map(() => 'amount_differs') },
    { trade: paid({ amountFen: 101 }), outcomes: states.map(() => 'amount_differs') },
    { trade: paid({ currency: 'HKD', amountFen: 99 }), outcomes: states.map(() => 'currency_differs') },
  ]
  for (const { trade, outcomes } of cases) {
    for (const [index, state] of states.entries()) {
      const payment = paymentRow(state === 'paid' ? { state, tradeNo: 'T1', paidAt: 3_000, queryAt: null } : { state })
      const decision = decideTrade(payment, trade, 'query', 5_000)
      assert.equal(decision.kind === 'moved' ? decision.payment.state : decision.kind === 'quarantine' ? decision.reason : 'nothing', outcomes[index])
      if (decision.kind === 'moved') assert.equal(decision.payment.queryAt, null)
      if (decision.kind === 'moved' && trade.state === 'paid') {
        const detail = state === 'closed' ? 'query, after it was closed' : 'query'
        assert.deepEqual(
          [decision.payment.tradeNo, decision.payment.paidAt, decision.payment.events.at(-1)],
          [trade.tradeNo, 4_000, { at: 5_000, what: 'paid', detail }],
        )
      }
    }
  }
})

test('what is said twice in a row is kept once', () => {
  const events = noted(paymentRow(), 1, 'offered', 'code')
  assert.equal(noted({ events }, 2, 'offered', 'code'), events)
  assert.equal(noted({ events }, 2, 'offered', 'redirect').length, events.length + 1)
})
