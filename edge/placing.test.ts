import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CancelReason, OrderState, PlaceOutcome, type PlaceAnswer, type PlaceCommand } from '@suanpan/contracts/order'
import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import { bearer, edgeBefore, edgeBeforeServices, someOrder, startedAt } from './testing/edge.ts'

const headers = { ...bearer('user-1'), 'idempotency-key': 'key' }
const payload = { items: [{ sku: 'tea', quantity: 2 }], couponId: 'ten-off', useBalanceFen: 50 }

function answer(outcome: PlaceOutcome, facts: Partial<PlaceAnswer> = {}): PlaceAnswer {
  return { outcome, order: someOrder, replayed: false, unknownSku: '', ...facts }
}

async function place(said: PlaceAnswer | undefined, more: Readonly<Record<string, string>> = {}) {
  const edge = await edgeBefore({
    place: async () => {
      if (said === undefined) throw new Error('the order service failed')
      return { answers: [said] }
    },
  })
  return edge.inject({ method: 'POST', url: '/api/orders', headers: { ...headers, ...more }, payload })
}

describe('what the order service answers is what HTTP says', () => {
  test('an order as clients see it', async () => {
    const { statusCode, headers: sent, body } = await place(answer(PlaceOutcome.PLACED))
    assert.deepEqual([statusCode, sent.location, sent['idempotency-replayed']], [201, '/api/orders/ord_1', undefined])
    const { refundedFen, ...order } = someOrder
    assert.deepEqual(JSON.parse(body), { ...order, state: 'awaiting_payment' })
    assert.equal(refundedFen, 0)
  })

  test('accepted: where to look, and whether a preference was followed', async () => {
    const pending = { ...someOrder, state: OrderState.PENDING, expiresAt: 0 }
    const asked = await place(answer(PlaceOutcome.ACCEPTED, { order: pending }), { prefer: 'wait=5, Respond-Async; now' })
    assert.deepEqual([asked.statusCode, asked.headers.location, asked.headers['preference-applied']], [202, '/api/orders/ord_1', 'respond-async'])
    assert.deepEqual([asked.json<{ state: string }>().state, 'expiresAt' in asked.json<object>()], ['pending', false])
    const slow = await place(answer(PlaceOutcome.ACCEPTED, { order: pending }))
    assert.deepEqual([slow.statusCode, slow.headers['preference-applied']], [202, undefined])
  })

  test('a repeated answer is marked', async () => {
    for (const outcome of [PlaceOutcome.PLACED, PlaceOutcome.ACCEPTED, PlaceOutcome.REFUSED]) {
      assert.equal((await place(answer(outcome, { replayed: true }))).headers['idempotency-replayed'], 'true', outcome)
    }
  })

  const refusals: readonly { reason: CancelReason; code: OutcomeCode }[] = [
    { reason: CancelReason.OUT_OF_STOCK, code: 'out_of_stock' },
    { reason: CancelReason.COUPON_NOT_USABLE, code: 'coupon_not_usable' },
    { reason: CancelReason.INSUFFICIENT_BALANCE, code: 'insufficient_balance' },
    { reason: CancelReason.CONFIRM_FAILED, code: 'confirm_failed' },
    { reason: CancelReason.TIMED_OUT, code: 'timed_out' },
    { reason: CancelReason.UNPAID, code: 'unpaid' },
    { reason: CancelReason.CUSTOMER, code: 'customer' },
  ]
  for (const { reason, code } of refusals) {
    test(`${reason} is 409 ${code}`, async () => {
      const order = { ...someOrder, state: OrderState.CANCELLED, cancelReason: reason }
      const refused = await place(answer(PlaceOutcome.REFUSED, { order }))
      const problem = refused.json<{ code: string; orderId: string; retry: string }>()
      assert.deepEqual([refused.statusCode, problem.code, problem.orderId, problem.retry], [409, code, 'ord_1', 'new-key'])
    })
  }

  const others: readonly { said: PlaceAnswer | undefined; code: OutcomeCode; retryAfter: string | undefined }[] = [
    { said: answer(PlaceOutcome.IDEMPOTENCY_KEY_REUSED), code: 'idempotency_key_reused', retryAfter: undefined },
    { said: answer(PlaceOutcome.UNKNOWN_SKU, { unknownSku: 'tea' }), code: 'unknown_sku', retryAfter: undefined },
    { said: answer(PlaceOutcome.OVERLOADED), code: 'overloaded', retryAfter: '1' },
    { said: answer(PlaceOutcome.UNAVAILABLE), code: 'unavailable', retryAfter: '1' },
    { said: answer(PlaceOutcome.UNSPECIFIED), code: 'unavailable', retryAfter: '1' },
    { said: undefined, code: 'unavailable', retryAfter: '1' },
  ]
  for (const { said, code, retryAfter } of others) {
    test(`${said?.outcome ?? 'no answer'} is ${outcomes[code].status} ${code}`, async () => {
      const refused = await place(said)
      assert.deepEqual([refused.statusCode, refused.json<{ code: string }>().code, refused.headers['retry-after']], [outcomes[code].status, code, retryAfter])
    })
  }
})

describe('what HTTP says is what the order service is asked', () => {
  /** What the service is asked with this body. */
  async function asked(body: object, more: Readonly<Record<string, string>> = {}): Promise<{ command: PlaceCommand; deadlineAt: number }> {
    const commands: { command: PlaceCommand; deadlineAt: number }[] = []
    const edge = await edgeBefore({
      place: async ({ commands: [command] }, { deadlineAt }) => {
        if (command !== undefined) commands.push({ command, deadlineAt })
        return { answers: [answer(PlaceOutcome.PLACED)] }
      },
    })
    await edge.inject({ method: 'POST', url: '/api/orders', headers: { ...headers, ...more }, payload: body })
    const [first] = commands
    assert(first !== undefined && commands.length === 1)
    return first
  }

  test('every field arrives; the caller waits longer than the service may take', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { command, deadlineAt } = await asked(payload, { traceparent, prefer: 'respond-async' })
    assert.deepEqual(command, {
      userId: 'user-1',
      idempotencyKey: 'key',
      requestDigest: command.requestDigest,
      lines: payload.items,
      couponId: 'ten-off',
      useBalanceFen: 50,
      useAllBalance: false,
      respondAsync: true,
      respondWithinMs: 2_000,
      traceparent: command.traceparent,
    })
    assert.equal(command.traceparent.split('-')[1], traceparent.split('-')[1])
    assert(deadlineAt > startedAt + command.respondWithinMs)
  })

  test('orders of one moment travel together; those that only wait to be durable apart from those that wait for more', async () => {
    const calls: string[][] = []
    const edge = await edgeBeforeServices({
      placing: { maxBatch: 3, collectMs: 0 },
      order: {
        place: async ({ commands }) => {
          calls.push(commands.map(({ idempotencyKey }) => idempotencyKey))
          return { answers: commands.map((command) => answer(command.respondAsync ? PlaceOutcome.ACCEPTED : PlaceOutcome.PLACED)) }
        },
      },
    })
    const order = (key: string) => {
      const more: Record<string, string> = { 'idempotency-key': key, ...(key.startsWith('async') ? { prefer: 'respond-async' } : {}) }
      return edge.inject({ method: 'POST', url: '/api/orders', headers: { ...headers, ...more }, payload })
    }
    const answers = await Promise.all(['a', 'async-b', 'c', 'd', 'async-e', 'f'].map(order))
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [201, 202, 201, 201, 202, 201],
    )
    const kinds = calls.map((keys) => [...new Set(keys.map((key) => key.split('-').length))])
    assert.deepEqual(calls.flat().toSorted(), ['a', 'async-b', 'async-e', 'c', 'd', 'f'])
    assert.ok(kinds.every(({ length }) => length === 1) && calls.length < 6 && calls.every(({ length }) => length <= 3), JSON.stringify(calls))
  })

  test('all of the balance', async () => {
    const { command } = await asked({ ...payload, useBalanceFen: 'max' })
    assert.deepEqual([command.useAllBalance, command.useBalanceFen], [true, 0])
  })

  const { items, couponId, useBalanceFen } = payload
  const digests: readonly { what: string; body: object; isSame: boolean }[] = [
    { what: 'another order of fields', body: { useBalanceFen, couponId, items: [{ quantity: 2, sku: 'tea' }] }, isSame: true },
    { what: 'another quantity', body: { ...payload, items: [{ sku: 'tea', quantity: 3 }] }, isSame: false },
    { what: 'another SKU', body: { ...payload, items: [{ sku: 'pot', quantity: 2 }] }, isSame: false },
    { what: 'one line more', body: { ...payload, items: [...items, ...items] }, isSame: false },
    { what: 'no coupon', body: { items, useBalanceFen }, isSame: false },
    { what: 'another coupon', body: { ...payload, couponId: 'other' }, isSame: false },
    { what: 'no balance', body: { items, couponId }, isSame: false },
    { what: 'all of the balance', body: { ...payload, useBalanceFen: 'max' }, isSame: false },
  ]
  for (const { what, body, isSame } of digests) {
    test(`${what} is ${isSame ? 'the same' : 'another'} request`, async () => {
      assert.equal((await asked(body)).command.requestDigest === (await asked(payload)).command.requestDigest, isSame)
    })
  }
})
