import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { CancelOutcome, OrderState, PlaceOutcome, type PlaceAnswer, type PlaceCommand } from '@suanpan/contracts/order'
import type { Reply } from '@suanpan/runtime/rpc'
import { sampleOrder } from '../testing/sample-order.ts'
import { scriptedEdge, type ScriptedEdge } from '../testing/scripted-edge.ts'

const answered = (response: unknown): Reply<unknown> => ({ kind: 'answered', response })
const body = { items: [{ sku: 'tea', quantity: 2 }] }

describe('orders over HTTP', () => {
  let edge: ScriptedEdge
  beforeEach(async () => {
    edge = await scriptedEdge()
  })
  afterEach(() => edge.server.close())

  function answerPlace(answer: Partial<PlaceAnswer>): void {
    edge.answer('place', answered({ answers: [{ outcome: PlaceOutcome.PLACED, order: sampleOrder(), replayed: false, unknownSku: '', ...answer }] }))
  }

  function place(payload: object = body, headers: Record<string, string> = {}) {
    return edge.server.inject({
      method: 'POST',
      url: '/api/orders',
      headers: { authorization: edge.customer, 'idempotency-key': 'k', ...headers },
      payload,
    })
  }

  function commandOf(): PlaceCommand {
    const [call] = edge.calls
    const { commands } = (call?.request as { commands: readonly [PlaceCommand] } | undefined) ?? assert.fail('no order was placed')
    return commands[0]
  }

  test('a command says who, what, how to pay and how long', async () => {
    answerPlace({})
    assert.equal((await place({ ...body, couponId: 'c', useBalanceFen: 7 })).statusCode, 201)
    const { requestDigest, traceparent, ...command } = commandOf()
    assert.deepEqual(command, {
      userId: 'user-1',
      idempotencyKey: 'k',
      lines: body.items,
      couponId: 'c',
      useBalanceFen: 7,
      useAllBalance: false,
      respondAsync: false,
      respondWithinMs: 2_000,
    })
    assert.match(requestDigest, /^[\w-]{43}$/)
    assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-\d\d$/)
    assert.deepEqual(edge.calls[0]?.options, { deadlineAt: edge.clock.now() + 5_000, traceparent })
  })

  test('"max" is all balance, and a trace goes on where it came from', async () => {
    answerPlace({})
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await place({ ...body, useBalanceFen: 'max' }, { traceparent })
    const command = commandOf()
    assert.deepEqual([command.useAllBalance, command.useBalanceFen], [true, 0])
    assert.match(command.traceparent, /^00-0af7651916cd43dd8448eb211c80319c-/)
  })

  const preferences: readonly (readonly [prefer: string, isAsync: boolean])[] = [
    ['respond-async', true],
    ['RESPOND-ASYNC', true],
    ['return=minimal, respond-async , wait=10', true],
    ['respond-asynchronously', false],
    ['', false],
  ]
  for (const [prefer, isAsync] of preferences) {
    test(`Prefer: ${prefer}`, async () => {
      answerPlace({})
      await place(body, { prefer })
      assert.equal(commandOf().respondAsync, isAsync)
    })
  }

  const accepted = { outcome: PlaceOutcome.ACCEPTED, order: sampleOrder({ state: OrderState.PENDING }) }
  const cancelled = sampleOrder({ state: OrderState.CANCELLED, cancelReason: 'CANCEL_REASON_OUT_OF_STOCK' })
  const told: readonly (readonly [what: string, answer: Partial<PlaceAnswer>, prefer: string, expected: readonly unknown[]])[] = [
    ['placed', {}, '', [201, '/api/orders/ord_1', undefined, undefined]],
    ['placed at once, though it need not have been', {}, 'respond-async', [201, '/api/orders/ord_1', undefined, undefined]],
    ['placed before', { replayed: true }, '', [201, '/api/orders/ord_1', 'true', undefined]],
    ['accepted as asked', accepted, 'respond-async', [202, '/api/orders/ord_1', undefined, 'respond-async']],
    ['accepted because it takes long', accepted, '', [202, '/api/orders/ord_1', undefined, undefined]],
    ['refused', { outcome: PlaceOutcome.REFUSED, order: cancelled }, '', [409, undefined, undefined, undefined]],
    ['refused before', { outcome: PlaceOutcome.REFUSED, order: cancelled, replayed: true }, '', [409, undefined, 'true', undefined]],
  ]
  for (const [what, answer, prefer, expected] of told) {
    test(`headers: ${what}`, async () => {
      answerPlace(answer)
      const { statusCode, headers } = await place(body, { prefer })
      assert.deepEqual([statusCode, headers['location'], headers['idempotency-replayed'], headers['preference-applied']], expected)
    })
  }

  const silent: readonly (readonly [reply: Reply<unknown>, code: string])[] = [
    [{ kind: 'not_processed', because: 'unreachable' }, 'overloaded'],
    [{ kind: 'not_processed', because: 'overloaded' }, 'overloaded'],
    [{ kind: 'not_processed', because: 'deadline' }, 'overloaded'],
    [{ kind: 'unknown', because: 'deadline' }, 'unavailable'],
    [{ kind: 'unknown', because: 'connection' }, 'unavailable'],
    [{ kind: 'unknown', because: 'failed' }, 'unavailable'],
  ]
  for (const [reply, code] of silent) {
    test(`services that are ${reply.kind} because ${reply.kind === 'answered' ? '' : reply.because}: 503 ${code}`, async () => {
      edge.answer('place', reply)
      const answer = await place()
      assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code, answer.headers['retry-after']], [503, code, '1'])
    })
  }

  test('what is refused here never reaches a service', async () => {
    const refused = [await place({}), await place(body, { 'idempotency-key': '' }), await place(body, { authorization: 'Bearer x' })]
    assert.deepEqual(
      refused.map(({ statusCode }) => statusCode),
      [400, 400, 401],
    )
    assert.deepEqual(edge.calls, [])
  })

  const cancellations: readonly (readonly [outcome: CancelOutcome, status: number, told: string])[] = [
    [CancelOutcome.CANCELLED, 200, 'cancelled'],
    [CancelOutcome.NOT_CANCELLABLE, 409, 'not_cancellable'],
    [CancelOutcome.NOT_FOUND, 404, 'not_found'],
  ]
  for (const [outcome, status, what] of cancellations) {
    test(`cancel: ${outcome} is ${status}`, async () => {
      edge.answer('cancelOrder', answered({ outcome, order: cancelled }))
      const answer = await edge.server.inject({ method: 'POST', url: '/api/orders/ord_1/cancel', headers: { authorization: edge.customer } })
      const { code, state } = answer.json<{ code?: string; state?: string }>()
      assert.deepEqual([answer.statusCode, code ?? state], [status, what])
      assert.deepEqual(edge.calls[0]?.request, { orderId: 'ord_1', userId: 'user-1' })
    })
  }
})
