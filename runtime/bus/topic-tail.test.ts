import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { Store } from '../store/index.ts'
import { openMemoryStore } from '../store/testing/index.ts'
import { manualClock } from '../time/index.ts'
import { busSchema } from './store-bus.ts'
import { publishedMessages, type StoredMessage } from './tables.ts'
import { createTopicTail } from './topic-tail.ts'

const topic = 'letter.sent'
const begin = { transactionId: 0, sequence: 0 }
const lookEveryMs = 100

const stores: Store[] = []
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())))

/** A tail of a topic, and how often its messages were read from the store. */
function openTail() {
  const inner = openMemoryStore({ name: 'post', schemas: [busSchema] })
  stores.push(inner)
  const clock = manualClock()
  const counts = { reads: 0, fail: false }
  const store: Store = {
    ...inner,
    read: {
      ...inner.read,
      query: (sql, parameters) => {
        counts.reads++
        return counts.fail ? Promise.reject(new Error('the store is away')) : inner.read.query(sql, parameters)
      },
    },
  }
  let written = 0
  const publish = (count: number): Promise<void> =>
    inner.transact(async (tx) => {
      const rows = Array.from({ length: count }, () => `m${++written}`)
      tx.insert(
        publishedMessages,
        rows.map((messageId) => ({ messageId, topic, key: messageId, body: new Uint8Array(), at: 1, notBeforeAt: 0, traceparent: '' })),
      )
    })
  return { tail: createTopicTail({ store, topic, clock, lookEveryMs }), clock, counts, publish }
}

const idsOf = (messages: readonly StoredMessage[]) => messages.map(({ message }) => message.id)

test('groups at the same place share one read, at once or one after the other', async () => {
  const { tail, counts, publish } = openTail()
  await publish(3)
  const both = await Promise.all([tail.after(begin, 10), tail.after(begin, 2)])
  assert.deepEqual(
    [...both.map(idsOf), idsOf(await tail.after(begin, 10))],
    [
      ['m1', 'm2', 'm3'],
      ['m1', 'm2'],
      ['m1', 'm2', 'm3'],
    ],
  )
  assert.equal(counts.reads, 1)
})

test('nothing more is read until something is announced, or it is time to look for what others published', async () => {
  const { tail, clock, counts, publish } = openTail()
  await publish(1)
  const [first = begin] = await tail.after(begin, 10)
  await publish(1)
  assert.deepEqual(await tail.after(first, 10), [])
  tail.announce()
  const [second = begin] = await tail.after(first, 10)
  await publish(1)
  await clock.advance(lookEveryMs)
  assert.deepEqual([...idsOf(await tail.after(second, 10)), counts.reads], ['m3', 3])
})

test('a group that is behind what is kept, or ahead of it, misses nothing', async () => {
  const { tail, publish } = openTail()
  await publish(5_000)
  const seen: string[] = []
  let place = begin
  for (;;) {
    const next = await tail.after(place, 500)
    const last = next.at(-1)
    if (last === undefined) break
    seen.push(...idsOf(next))
    place = last
    tail.announce()
  }
  const all = Array.from({ length: 5_000 }, (_, index) => `m${index + 1}`)
  assert.deepEqual(seen, all)
  assert.deepEqual(idsOf(await tail.after(begin, 500)), all.slice(0, 500))
  assert.deepEqual(idsOf(await tail.after({ transactionId: 0, sequence: 4_990 }, 500)), all.slice(4_990))
  await publish(2)
  assert.deepEqual(idsOf(await tail.after({ transactionId: 0, sequence: 5_001 }, 500)), ['m5002'])
})

test('a read that fails is told to its group, and what was announced is not forgotten', async () => {
  const { tail, counts, publish } = openTail()
  const empty = await tail.after(begin, 10)
  await publish(1)
  tail.announce()
  counts.fail = true
  await assert.rejects(tail.after(begin, 10), /away/)
  counts.fail = false
  assert.deepEqual([empty, idsOf(await tail.after(begin, 10))], [[], ['m1']])
})
