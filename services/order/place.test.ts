import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlaceCommand } from '@suanpan/contracts/order'
import { Overloaded } from '@suanpan/runtime/batcher'
import { busSchema, createStoreBus } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { noMarks, silentLog } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createOrderBook } from './order-book.ts'
import { createPlace } from './place.ts'
import type { Saga } from './saga.ts'
import { orderSchema } from './service.ts'

/** A shop whose sagas go as told, with room for one synchronous order, and a queue that is full when told. */
function shopWhere(saga: Saga) {
  const clock = manualClock()
  const store = openMemoryStore({ name: 'order', schemas: [orderSchema, busSchema] })
  const times = { leaseMs: 1, pollEveryMs: 1, retryDelaysMs: [], retainMs: 1 }
  const bus = createStoreBus({ stores: [store], clock, marks: noMarks, owner: 'test', ...times, onError: () => {} })
  const notAsked = () => Promise.reject(new Error('no test asks that'))
  const state = { queueIsFull: false }
  const place = createPlace({
    store,
    book: createOrderBook({ store, bus, clock, maxBatch: 10, maxQueued: 100 }),
    takings: {
      quote: async (sku) => ({ kind: 'answered', response: { sku, product: { sku, title: 'Tea', priceFen: 100 } } }),
      claim: notAsked,
      reserve: notAsked,
      debit: notAsked,
    },
    saga,
    queue: { isFull: async () => state.queueIsFull },
    clock,
    ids: createIds({ clock, random: Math.random }),
    log: silentLog,
    sagaDeadlineMs: 10_000,
    queuedDeadlineMs: 60_000,
    maxUnderWay: 1,
  })
  const ask = async (idempotencyKey: string, respondAsync: boolean, requestDigest = idempotencyKey): Promise<string> => {
    const { outcome, replayed } = await place({ ...someCommand, idempotencyKey, respondAsync, requestDigest })
    return `${outcome.replace('PLACE_OUTCOME_', '')}${replayed ? ', again' : ''}`
  }
  return { clock, ask, fillQueue: () => (state.queueIsFull = true) }
}

const someCommand: Omit<PlaceCommand, 'idempotencyKey' | 'requestDigest' | 'respondAsync'> = {
  userId: 'user-1',
  lines: [{ sku: 'tea', quantity: 1 }],
  couponId: undefined,
  useBalanceFen: 0,
  useAllBalance: false,
  respondWithinMs: 1_000,
  traceparent: '',
}

test('a full queue refuses what is new, and answers for what it has taken on', async () => {
  const { ask, fillQueue } = shopWhere(() => Promise.reject(new Error('queued orders are not begun here')))
  assert.equal(await ask('first', true), 'ACCEPTED')
  fillQueue()
  assert.equal(await ask('second', true), 'OVERLOADED')
  assert.equal(await ask('first', true), 'ACCEPTED, again')
  assert.equal(await ask('first', true, 'another body'), 'IDEMPOTENCY_KEY_REUSED')
})

test('with as many orders under way as there may be, one of them is answered for, and another is refused', async () => {
  const begun = Promise.withResolvers<void>()
  const { clock, ask } = shopWhere(() => {
    begun.resolve()
    return new Promise(() => {})
  })
  const first = ask('first', false)
  await begun.promise
  assert.equal(await ask('second', false), 'OVERLOADED')
  const again = ask('first', false)
  const answers = Promise.all([first, again])
  let isAnswered = false
  void answers.then(() => (isAnswered = true))
  while (!isAnswered) {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(100)
  }
  assert.deepEqual(await answers, ['ACCEPTED', 'ACCEPTED, again'])
})

test('of an order that was opened nobody is told that nothing was begun, however full the book is by then', async () => {
  const { ask } = shopWhere(() => Promise.reject(new Overloaded('order.move: too many are waiting')))
  assert.equal(await ask('first', false), 'UNAVAILABLE')
})
