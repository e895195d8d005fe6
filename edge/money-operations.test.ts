import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OrderRefund, RefundOrderOutcome, RefundOrderRequest, RefundOrderResponse } from '@suanpan/contracts/order'
import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import type { QuarantineEntry, ReconcileOutcome, ResolveQuarantineOutcome, ResolveQuarantineRequest } from '@suanpan/contracts/payment'
import { adminBearer, bearer, edgeBeforeServices, someOrder, startedAt } from './testing/edge.ts'

const headers = adminBearer()

const refund: OrderRefund = {
  refundId: 'rf_1',
  orderId: 'ord_1',
  state: 'ORDER_REFUND_STATE_DONE',
  amountFen: 60,
  platformFen: 50,
  balanceFen: 10,
  reason: 'broken',
  requestedBy: 'admin-1',
  createdAt: startedAt,
  settledAt: startedAt + 5,
}

describe('refunds', () => {
  const accepted: RefundOrderResponse = { outcome: 'REFUND_ORDER_OUTCOME_ACCEPTED', refund, replayed: false, refundableFen: 0 }

  async function ask(said: Partial<RefundOrderResponse>, payload: object = { amountFen: 60, reason: 'broken' }, more: object = { 'idempotency-key': 'key' }) {
    const asked: RefundOrderRequest[] = []
    const edge = await edgeBeforeServices({
      order: {
        refundOrder: async (request) => {
          asked.push(request)
          return { ...accepted, ...said }
        },
      },
    })
    const answer = await edge.inject({ method: 'POST', url: '/admin/orders/ord_1/refunds', headers: { ...headers, ...more }, payload })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Record<string, unknown>>(), asked }
  }

  const states: readonly { state: OrderRefund['state']; settledAt: number; status: number; expected: string }[] = [
    { state: 'ORDER_REFUND_STATE_DONE', settledAt: startedAt + 5, status: 201, expected: 'done' },
    { state: 'ORDER_REFUND_STATE_PROCESSING', settledAt: 0, status: 202, expected: 'processing' },
    { state: 'ORDER_REFUND_STATE_FAILED', settledAt: startedAt + 5, status: 201, expected: 'failed' },
  ]
  for (const { state, settledAt, status, expected } of states) {
    test(`${expected}: ${status}`, async () => {
      const answer = await ask({ refund: { ...refund, state, settledAt } })
      assert.deepEqual([answer.status, answer.headers['idempotency-replayed']], [status, undefined])
      const { settledAt: _, ...rest } = refund
      assert.deepEqual(answer.body, { ...rest, state: expected, ...(settledAt === 0 ? {} : { settledAt }) })
    })
  }

  test('a repeated answer is marked', async () => assert.equal((await ask({ replayed: true })).headers['idempotency-replayed'], 'true'))

  const refusals: readonly { outcome: RefundOrderOutcome; code: OutcomeCode }[] = [
    { outcome: 'REFUND_ORDER_OUTCOME_NOT_FOUND', code: 'not_found' },
    { outcome: 'REFUND_ORDER_OUTCOME_NOT_REFUNDABLE', code: 'not_refundable' },
    { outcome: 'REFUND_ORDER_OUTCOME_EXCEEDS_PAID', code: 'exceeds_paid' },
    { outcome: 'REFUND_ORDER_OUTCOME_IDEMPOTENCY_KEY_REUSED', code: 'idempotency_key_reused' },
    { outcome: 'REFUND_ORDER_OUTCOME_UNSPECIFIED', code: 'unavailable' },
  ]
  for (const { outcome, code } of refusals) {
    test(`${outcome} is ${outcomes[code].status} ${code}`, async () => {
      const { status, body } = await ask({ outcome, refund: undefined, refundableFen: 45 })
      assert.deepEqual([status, body['code']], [outcomes[code].status, code])
      if (code === 'exceeds_paid') assert.match(String(body['detail']), /at most 45 fen/)
    })
  }

  test('an amount and a reason make the digest; without an amount, everything is asked for', async () => {
    const digest = async (payload: object) => (await ask({}, payload)).asked[0]?.requestDigest
    assert.equal(await digest({ amountFen: 60, reason: 'broken' }), await digest({ reason: 'broken', amountFen: 60 }))
    assert.notEqual(await digest({ amountFen: 60, reason: 'broken' }), await digest({ amountFen: 61, reason: 'broken' }))
    assert.notEqual(await digest({ amountFen: 60, reason: 'broken' }), await digest({ amountFen: 60, reason: 'late' }))
    assert.notEqual(await digest({ amountFen: 60, reason: 'broken' }), await digest({ reason: 'broken' }))
    assert.equal((await ask({}, { reason: 'broken' })).asked[0]?.amountFen, undefined)
  })

  const bad: readonly { what: string; payload: object; more?: object }[] = [
    { what: 'no key', payload: { reason: 'broken' }, more: {} },
    { what: 'no reason', payload: { amountFen: 1 } },
    { what: 'an empty reason', payload: { reason: '' } },
    { what: 'nothing', payload: { amountFen: 0, reason: 'x' } },
    { what: 'less than nothing', payload: { amountFen: -1, reason: 'x' } },
    { what: 'half a fen', payload: { amountFen: 0.5, reason: 'x' } },
    { what: 'a word', payload: { amountFen: '1', reason: 'x' } },
    { what: 'another number', payload: { refundId: 'rf_2', reason: 'x' } },
  ]
  for (const { what, payload, more } of bad) {
    test(`${what} is invalid, and reaches no service`, async () => {
      const { status, asked } = await ask({}, payload, more)
      assert.deepEqual([status, asked.length], [400, 0])
    })
  }

  test('the refunds of an order, and none of one that does not exist', async () => {
    const order = { getOrder: async () => ({ order: someOrder, events: [] }), listRefunds: async () => ({ refunds: [refund] }) }
    const found = await (await edgeBeforeServices({ order })).inject({ url: '/admin/orders/ord_1/refunds', headers })
    assert.deepEqual(found.json(), { items: [{ ...refund, state: 'done' }] })
    const none = await edgeBeforeServices({ order: { getOrder: async () => ({ order: undefined, events: [] }) } })
    assert.equal((await none.inject({ url: '/admin/orders/ord_1/refunds', headers })).statusCode, 404)
  })

  test('an order shows what was refunded of it', async () => {
    const order = { getOrder: async () => ({ order: { ...someOrder, refundedFen: 60 }, events: [] }) }
    const { body } = await (await edgeBeforeServices({ order })).inject({ url: '/api/orders/ord_1', headers: bearer('user-1') })
    assert.equal((JSON.parse(body) as { refundedFen: number }).refundedFen, 60)
  })
})

describe('the quarantine', () => {
  const entry: QuarantineEntry = {
    quarantineId: 'qt_1',
    channel: 'CHANNEL_WECHAT',
    paymentId: 'pay_1',
    orderId: '',
    reason: 'unknown_payment',
    detail: 'paid 150',
    at: startedAt,
    resolution: '',
    resolvedAt: 0,
    resolvedBy: '',
    note: '',
  }
  const resolved = { ...entry, orderId: 'ord_1', resolution: 'dismiss', resolvedAt: startedAt + 1, resolvedBy: 'operator-1', note: 'a test' }

  test('what is open, and with `resolved` what is decided, too, page by page', async () => {
    const asked: object[] = []
    const edge = await edgeBeforeServices({
      payment: {
        listQuarantine: async (request) => {
          asked.push(request)
          return { entries: [entry, resolved] }
        },
      },
    })
    const first = (await edge.inject({ url: '/admin/quarantine?limit=2', headers })).json<{ items: object[]; next: string }>()
    const { quarantineId, paymentId, reason, detail, at } = entry
    const open = { quarantineId, channel: 'wechat', paymentId, reason, detail, at }
    assert.deepEqual(first.items, [open, { ...resolved, channel: 'wechat' }])
    await edge.inject({ url: `/admin/quarantine?limit=3&resolved=true&cursor=${first.next}`, headers })
    assert.deepEqual(asked, [
      { limit: 2, afterQuarantineId: '', withResolved: false },
      { limit: 3, afterQuarantineId: 'qt_1', withResolved: true },
    ])
  })

  async function decide(outcome: ResolveQuarantineOutcome, payload: object) {
    const asked: ResolveQuarantineRequest[] = []
    const edge = await edgeBeforeServices({
      payment: {
        resolveQuarantine: async (request) => {
          asked.push(request)
          return { outcome, entry: resolved }
        },
      },
    })
    const answer = await edge.inject({ method: 'POST', url: '/admin/quarantine/qt_1/resolve', headers, payload })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), asked }
  }

  test('a decision is made in the name of its operator', async () => {
    const { status, body, asked } = await decide('RESOLVE_QUARANTINE_OUTCOME_RESOLVED', { action: 'dismiss', note: 'a test' })
    assert.deepEqual([status, body['resolution']], [200, 'dismiss'])
    assert.deepEqual(asked, [{ quarantineId: 'qt_1', action: 'QUARANTINE_ACTION_DISMISS', operator: 'operator-1', note: 'a test' }])
    const query = await decide('RESOLVE_QUARANTINE_OUTCOME_RESOLVED', { action: 'query' })
    assert.deepEqual([query.status, query.asked[0]?.action], [200, 'QUARANTINE_ACTION_QUERY'])
    const byHand = await decide('RESOLVE_QUARANTINE_OUTCOME_RESOLVED', { action: 'by_hand', note: 'in the console' })
    assert.deepEqual([byHand.status, byHand.asked[0]?.action], [200, 'QUARANTINE_ACTION_BY_HAND'])
  })

  const refusals: readonly { outcome: ResolveQuarantineOutcome; code: OutcomeCode }[] = [
    { outcome: 'RESOLVE_QUARANTINE_OUTCOME_NOT_FOUND', code: 'not_found' },
    { outcome: 'RESOLVE_QUARANTINE_OUTCOME_RESOLVED_OTHERWISE', code: 'resolved_otherwise' },
    { outcome: 'RESOLVE_QUARANTINE_OUTCOME_STILL_WRONG', code: 'still_wrong' },
    { outcome: 'RESOLVE_QUARANTINE_OUTCOME_UNSPECIFIED', code: 'unavailable' },
  ]
  for (const { outcome, code } of refusals) {
    test(`${outcome} is ${outcomes[code].status} ${code}`, async () => {
      const { status, body } = await decide(outcome, { action: 'query' })
      assert.deepEqual([status, body['code']], [outcomes[code].status, code])
    })
  }

  const invalid = [
    {},
    { action: 'pay' },
    { action: 'dismiss' },
    { action: 'dismiss', note: '' },
    { action: 'by_hand' },
    { action: 'by_hand', note: '' },
    { action: 'query', operator: 'me' },
  ]
  for (const payload of invalid) {
    test(`${JSON.stringify(payload)} is invalid, and decides nothing`, async () => {
      const { status, asked } = await decide('RESOLVE_QUARANTINE_OUTCOME_RESOLVED', payload)
      assert.deepEqual([status, asked.length], [400, 0])
    })
  }
})

test('the payment log is told as it was sealed, page by page, or of one order', async () => {
  const entry = { sequence: 7, at: 1, topic: 'order.paid', messageId: 'm', orderId: 'ord_1', detail: '{"a":"值"}', previousHash: 'b', hash: 'c' }
  const asked: object[] = []
  const edge = await edgeBeforeServices({
    log: {
      listEntries: async (request) => {
        asked.push(request)
        return { entries: [entry] }
      },
    },
  })
  const page = (await edge.inject({ url: '/admin/log?limit=1', headers })).json<{ items: object[]; next: string }>()
  assert.deepEqual(page.items, [entry])
  await edge.inject({ url: `/admin/log?limit=2&orderId=ord_1&cursor=${page.next}`, headers })
  assert.deepEqual(asked, [
    { afterSequence: 0, limit: 1, orderId: undefined },
    { afterSequence: 7, limit: 2, orderId: 'ord_1' },
  ])
  for (const cursor of ['LTE', 'MS41', 'eA']) assert.equal((await edge.inject({ url: `/admin/log?cursor=${cursor}`, headers })).statusCode, 400, cursor)
})

describe('reconciling', () => {
  const difference = {
    kind: 'DIFFERENCE_KIND_THEIRS_ONLY',
    paymentId: 'pay_1',
    refundId: '',
    orderId: 'ord_1',
    ourFen: 0,
    theirFen: 150,
    detail: 'we say pending',
    nextStep: 'settled',
    needsPerson: false,
  } as const

  async function reconcile(outcome: ReconcileOutcome, payload: object = { channel: 'wechat', date: '2026-11-25' }) {
    const asked: object[] = []
    const edge = await edgeBeforeServices({
      payment: {
        reconcile: async (request) => {
          asked.push(request)
          return { outcome, billEntries: 2, matched: 1, differences: [difference], paidFen: 300, refundedFen: 0, refusal: '' }
        },
      },
    })
    const answer = await edge.inject({ method: 'POST', url: '/admin/reconciliations', headers, payload })
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), asked }
  }

  test('what agrees, what differs, and what is done about it', async () => {
    const { status, body, asked } = await reconcile('RECONCILE_OUTCOME_DONE')
    const { refundId: _, ...told } = difference
    const differences = [{ ...told, kind: 'theirs_only' }]
    assert.deepEqual([status, body], [200, { channel: 'wechat', date: '2026-11-25', billEntries: 2, matched: 1, paidFen: 300, refundedFen: 0, differences }])
    assert.deepEqual(asked, [{ channel: 'CHANNEL_WECHAT', date: '2026-11-25' }])
  })

  const refusals: readonly { outcome: ReconcileOutcome; code: OutcomeCode }[] = [
    { outcome: 'RECONCILE_OUTCOME_CHANNEL_NOT_OFFERED', code: 'channel_not_offered' },
    { outcome: 'RECONCILE_OUTCOME_NO_BILL', code: 'no_bill' },
    { outcome: 'RECONCILE_OUTCOME_BILL_REFUSED', code: 'bill_refused' },
    { outcome: 'RECONCILE_OUTCOME_UNAVAILABLE', code: 'unavailable' },
    { outcome: 'RECONCILE_OUTCOME_UNSPECIFIED', code: 'unavailable' },
  ]
  for (const { outcome, code } of refusals) {
    test(`${outcome} is ${outcomes[code].status} ${code}`, async () => {
      const { status, body } = await reconcile(outcome)
      assert.deepEqual([status, body['code']], [outcomes[code].status, code])
    })
  }

  for (const date of ['2026-02-30', '2026-13-01', '20261125', '2026-11-25T00:00', '', 'yesterday']) {
    test(`there is no day "${date}"`, async () => {
      const { status, asked } = await reconcile('RECONCILE_OUTCOME_DONE', { channel: 'alipay', date })
      assert.deepEqual([status, asked.length], [400, 0])
    })
  }
})

test('none of it is for customers', async () => {
  const edge = await edgeBeforeServices({ order: {}, payment: {}, log: {} })
  const calls = [
    { method: 'POST', url: '/admin/orders/ord_1/refunds', payload: { reason: 'x' } },
    { method: 'GET', url: '/admin/orders/ord_1/refunds' },
    { method: 'GET', url: '/admin/quarantine' },
    { method: 'POST', url: '/admin/quarantine/qt_1/resolve', payload: { action: 'query' } },
    { method: 'GET', url: '/admin/log' },
    { method: 'POST', url: '/admin/reconciliations', payload: { channel: 'alipay', date: '2026-11-25' } },
  ] as const
  for (const call of calls) {
    assert.equal((await edge.inject({ ...call, headers: bearer('user-1') })).statusCode, 403, call.url)
    assert.equal((await edge.inject(call)).statusCode, 401, call.url)
  }
})
