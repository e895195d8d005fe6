import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderRefund } from '@suanpan/contracts/order'
import type { TimelineEntry } from './timeline.ts'
import { adminBearer, edgeBeforeServices, someOrder, somePayment, type Scripted } from './testing/edge.ts'

const refund: OrderRefund = {
  refundId: 'rf_1',
  orderId: 'ord_1',
  state: 'ORDER_REFUND_STATE_PROCESSING',
  amountFen: 60,
  platformFen: 50,
  balanceFen: 10,
  reason: 'broken',
  requestedBy: 'admin-1',
  createdAt: 5_000,
  settledAt: 0,
}

const delivered = { group: 'order.pay', state: 'delivered', attempts: 1, nextAttemptAt: undefined, because: undefined }
const quiet = { messages: [], effects: {}, log: { listEntries: async () => ({ entries: [] }) } }

interface Story {
  readonly order?: Partial<typeof someOrder>
  readonly refunds?: OrderRefund[]
  readonly payments?: (typeof somePayment)[]
}

async function timelineOf({ order = {}, refunds = [], payments = [] }: Story, scripted: Scripted = quiet, events: object[] = []) {
  const edge = await edgeBeforeServices({
    order: { getOrder: async () => ({ order: { ...someOrder, ...order }, events: [] }), listRefunds: async () => ({ refunds }) },
    payment: { getOrderPayments: async () => ({ payments, events: events as never }) },
    ...scripted,
  })
  const answer = await edge.inject({ url: '/admin/orders/ord_1/timeline', headers: adminBearer() })
  assert.equal(answer.statusCode, 200, answer.body)
  return answer.json<{ entries: TimelineEntry[]; next: string }>()
}

test('all that was paid is back: nothing was barred', async () => {
  const effects = { payment: { orderId: 'ord_1', state: 'EFFECT_STATE_RELEASED', amount: 0, subject: '', takenAt: 9_000, settledAt: 9_000 } } as const
  const { entries } = await timelineOf({ order: { state: 'ORDER_STATE_REFUNDED' } }, { ...quiet, effects })
  assert.deepEqual(entries, [{ at: 9_000, source: 'payment', what: 'held by platforms', detail: '0 fen' }])
})

test("payments, messages, what services hold, refunds and the log's entries, in order of time", async () => {
  const entry = { sequence: 4, at: 4_000, topic: 'payment.paid', messageId: 'm', orderId: 'ord_1', detail: '{"amountFen":150}', previousHash: '', hash: '' }
  const { entries } = await timelineOf(
    { order: { state: 'ORDER_STATE_PAID' }, refunds: [refund, { ...refund, refundId: 'rf_2', state: 'ORDER_REFUND_STATE_FAILED', settledAt: 7_000 }] },
    {
      messages: [{ messageId: 'm', topic: 'payment.paid', publishedAt: 2_000, deliveries: [delivered] }],
      effects: { payment: { orderId: 'ord_1', state: 'EFFECT_STATE_KEPT', amount: 150, subject: '', takenAt: 3_000, settledAt: 3_000 } },
      log: { listEntries: async () => ({ entries: [entry] }) },
    },
    [{ at: 1_000, paymentId: 'pay_1', what: 'notified', detail: 'paid 150' }],
  )
  assert.deepEqual(
    entries.map(({ at, source, what, detail }) => `${at} ${source} ${what}: ${detail}`),
    [
      '1000 payment notified: pay_1: paid 150',
      '2000 message payment.paid: order.pay delivered',
      '3000 payment held by platforms: 150 fen',
      '4000 log payment.paid: entry 4: {"amountFen":150}',
      '5000 refund asked for: rf_1: 50 fen by the platform, 10 fen to the balance (broken)',
      '5000 refund asked for: rf_2: 50 fen by the platform, 10 fen to the balance (broken)',
      '7000 refund failed: rf_2: 50 fen by the platform, 10 fen to the balance (broken)',
    ],
  )
})

test('what is next: what is open at platforms is told beside the state', async () => {
  const until = new Date(someOrder.expiresAt).toISOString()
  const cases: readonly { story: Story; next: string }[] = [
    { story: {}, next: `it is paid, or cancelled as unpaid at ${until}` },
    { story: { payments: [somePayment] }, next: `it is paid, or cancelled as unpaid at ${until}; pay_1 may be paid over alipay until ${until}` },
    {
      story: { order: { state: 'ORDER_STATE_PAID' }, payments: [{ ...somePayment, state: 'PAYMENT_STATE_PAID' }] },
      next: 'nothing: everything about it is done',
    },
    { story: { order: { state: 'ORDER_STATE_PAID' }, refunds: [refund] }, next: 'the platform has still to settle rf_1' },
    { story: { order: { state: 'ORDER_STATE_CANCELLED' }, payments: [somePayment] }, next: `pay_1 may be paid over alipay until ${until}` },
  ]
  for (const { story, next } of cases) assert.equal((await timelineOf(story)).next, next)
})
