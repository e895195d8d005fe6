import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideSettlement, type Books, type Statement } from './settlement.ts'
import type { InboxRow, PaymentRow } from './tables.ts'
import { orderRow, paymentRow } from './testing/rows.ts'

const paid = (paymentId: string, tradeNo = 'T1') =>
  ({ kind: 'trade', paymentId, trade: { state: 'paid', tradeNo, amountFen: 100, currency: 'CNY', paidAt: 3_000 } }) as const

const query = (paymentId: string, tradeNo?: string): Statement => ({ channel: 'alipay', paymentId, fact: paid(paymentId, tradeNo), source: 'query', at: 4_000 })

const closed = (paymentId: string): Statement => ({
  channel: 'alipay',
  paymentId,
  fact: { kind: 'trade', paymentId, trade: { state: 'closed' } },
  source: 'query',
  at: 4_000,
})

const receipt = (inboxId: string): Statement => ({ inboxId, at: 4_000 })

function booksOf(payments: readonly PaymentRow[], inbox: readonly Partial<InboxRow>[] = []): Books {
  return {
    inbox: new Map(
      inbox.map((change, index) => {
        const row: InboxRow = {
          inboxId: `n${index + 1}`,
          channel: 'alipay',
          paymentId: 'pay_1',
          fact: paid('pay_1'),
          receivedAt: 3_500,
          state: 'received',
          settledAt: 0,
          ...change,
        }
        return [row.inboxId, row]
      }),
    ),
    refunds: new Map(),
    payments: new Map(payments.map((row) => [row.paymentId, row])),
    orders: new Map([['ord_1', orderRow({ paymentIds: payments.map(({ paymentId }) => paymentId) })]]),
  }
}

test('a batch is decided one after the other, on running rows, and each change is written once', () => {
  const [one, two] = [paymentRow(), paymentRow({ paymentId: 'pay_2' })]
  const cases: { statements: Statement[]; inbox?: Partial<InboxRow>[]; outcomes: string[]; capturedFen?: number; messages: number }[] = [
    { statements: [], outcomes: [], messages: 0 },
    { statements: [query('pay_1'), query('pay_1')], outcomes: ['paid', 'already_paid'], capturedFen: 100, messages: 1 },
    { statements: [closed('pay_1'), query('pay_1'), closed('pay_1')], outcomes: ['closed', 'paid', 'already_paid'], capturedFen: 100, messages: 1 },
    { statements: [closed('pay_1'), closed('pay_1')], outcomes: ['closed', 'already_closed'], messages: 0 },
    { statements: [query('pay_1'), query('pay_2')], outcomes: ['paid', 'paid'], capturedFen: 200, messages: 2 },
    { statements: [query('pay_1'), query('pay_1', 'T2')], outcomes: ['paid', 'quarantined'], capturedFen: 100, messages: 2 },
    { statements: [receipt('n1'), receipt('n1')], inbox: [{}], outcomes: ['paid', 'dropped'], capturedFen: 100, messages: 1 },
    { statements: [receipt('n1'), receipt('n2')], inbox: [{}, {}], outcomes: ['paid', 'already_paid'], capturedFen: 100, messages: 1 },
    { statements: [receipt('n1')], inbox: [{ state: 'settled' }], outcomes: ['dropped'], messages: 0 },
    { statements: [receipt('n1')], outcomes: ['dropped'], messages: 0 },
    { statements: [receipt('n1')], inbox: [{ channel: 'wechat' }], outcomes: ['quarantined'], messages: 1 },
    { statements: [query('pay_9'), query('pay_1')], outcomes: ['quarantined', 'paid'], capturedFen: 100, messages: 2 },
  ]
  for (const { statements, inbox, outcomes, capturedFen, messages } of cases) {
    const settlement = decideSettlement(statements, booksOf([one, two], inbox))
    assert.deepEqual(settlement.outcomes, outcomes)
    assert.equal(settlement.changed.orders.get('ord_1')?.capturedFen, capturedFen)
    assert.equal(settlement.messages.length, messages)
    for (const [index, row] of [...settlement.changed.inbox.values()].entries()) {
      assert.equal(row.state, outcomes[index] === 'quarantined' ? 'quarantined' : 'settled')
    }
  }
})

test('money of an order that has no row is a bug, and settles nothing', () => {
  const books = { ...booksOf([paymentRow()]), orders: new Map() }
  assert.throws(() => decideSettlement([query('pay_1')], books), /which has no row/)
})
