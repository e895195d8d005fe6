import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListenOptions, RocketMq } from '@suanpan/rocketmq'
import { consuming } from '@suanpan/rocketmq/testing'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { countedMarks, silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { brokerRetries, rocketMqBusSchema } from './index.ts'
import { createConsumer } from './consumer.ts'
import { encodeEnvelope } from './envelope.ts'
import { namesWith } from './names.ts'

const topic = 'order.cancelled'
const message: OutgoingMessage = { id: 'ord_1:cancelled', topic, key: 'ord_1', body: Uint8Array.of(1), at: 5, traceparent: '' }
const hourMs = 60 * 60_000

/** A group on a store that can be away, and the listener that it asks for. */
function opened() {
  const clock = manualClock()
  const whole = openSqliteStore({ name: 'inventory', file: ':memory:', schemas: [rocketMqBusSchema], clock: systemClock() })
  let isAway = false
  const orAway =
    <Given extends unknown[], Result>(work: (...given: Given) => Promise<Result>) =>
    (...given: Given): Promise<Result> =>
      isAway ? Promise.reject(new Error('the store is away')) : work(...given)
  const { read, transact } = whole
  const store = { ...whole, transact: orAway(transact), read: { get: orAway(read.get), query: orAway(read.query) } } as unknown as Store
  let asked: ListenOptions | undefined
  const rocketmq: Pick<RocketMq, 'listen'> = {
    listen: (options) => {
      asked = options
      return {
        topic,
        group: '',
        ready: Promise.resolve(),
        load: { running: 0, waiting: 0 },
        isStopped: false,
        buriedMessages: 0,
        probe: async () => {},
        stop: async () => ({ unfinished: 0 }),
      }
    },
  }
  const handled: string[] = []
  const handle = async (messages: readonly OutgoingMessage[]) => messages.map(({ id }) => ({ kind: 'done' as const, id: handled.push(id) }))
  const subscription = { group: 'inventory.release', topics: [topic], publisher: 'order', maxBatch: 256, handle }
  const shared = { store, clock, log: silentLog, marks: countedMarks(), names: namesWith(''), retryDelaysMs: [1_000], pollEveryMs: 60_000 }
  const consumer = createConsumer({ ...shared, rocketmq: rocketmq as RocketMq, subscription, topic })
  consumer.start()
  assert.ok(asked !== undefined)
  const end = async (): Promise<void> => {
    const ending = consumer.stop(0)
    await clock.advance(60_000)
    await ending
    await whole.close()
  }
  return { clock, handled, options: asked, consume: consuming(clock, asked), away: (away: boolean) => void (isAway = away), end }
}

test('a message waits for a store that is away for days, and is handled then, however often the broker delivered it before', async () => {
  const { clock, handled, consume, away, end } = opened()
  away(true)
  let fate: string | undefined
  const consumed = consume({ key: 'ord_1', attempt: 17, body: encodeEnvelope(message) }).then((known) => (fate = known))
  await clock.advance(30 * hourMs)
  assert.deepEqual([fate, handled], [undefined, []])
  away(false)
  await clock.advance(2_000)
  assert.equal(await consumed, 'done')
  assert.deepEqual(handled, [message.id])
  await end()
})

test('a message that no store could ever write down is put aside at once, and those after it are handled', async () => {
  const { handled, consume, end } = opened()
  assert.equal(await consume({ key: 'ord_1', attempt: 1, body: encodeEnvelope({ ...message, id: 'x'.repeat(3_000) }) }), 'dead')
  assert.equal(await consume({ key: 'ord_1', attempt: 1, body: encodeEnvelope({ ...message, id: 'o\0' }) }), 'dead')
  assert.equal(await consume({ key: 'ord_1', attempt: 1, body: encodeEnvelope(message) }), 'done')
  assert.deepEqual(handled, [message.id])
  await end()
})

test('what no process could finish is made a dead letter by the last that gets it, before the broker does, whom nobody counts', async () => {
  const { handled, consume, end } = opened()
  const delivered = (attempt: number) => consume({ key: 'ord_1', attempt, body: encodeEnvelope({ ...message, id: `ord_${attempt}` }) })
  assert.deepEqual([await delivered(brokerRetries - 1), await delivered(brokerRetries)], ['done', 'dead'])
  assert.deepEqual(handled, [`ord_${brokerRetries - 1}`])
  await end()
})

test('nothing is made a dead letter here before the broker would do it itself', async () => {
  const { options, end } = opened()
  assert.equal(options.retryDelaysMs?.length, brokerRetries)
  await end()
})
