import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSqliteStore } from '@suanpan/runtime/store'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { rocketMqBusSchema } from './bus.ts'
import { createPruning } from './pruning.ts'
import { sent, type SentRow } from './tables.ts'

const hourMs = 60 * 60_000
const now = 1_000 * hourMs

const sentAt = (messageId: string, at: number): SentRow => ({
  messageId,
  topic: 'order.paid',
  key: messageId,
  body: new Uint8Array(3),
  at,
  notBeforeAt: 0,
  traceparent: '',
  sentAt: at,
})

test('everything that is older than the retention goes in one run, however much it is; the rest stays', async () => {
  const store = openSqliteStore({ name: 'order', file: ':memory:', schemas: [rocketMqBusSchema], clock: systemClock() })
  const clock = manualClock(now)
  const old = Array.from({ length: 12_001 }, (_, index) => sentAt(`old-${index}`, now - 2 * hourMs))
  await store.transact(async (tx) => tx.insert(sent, [...old, sentAt('young', now - hourMs / 2)]))
  const pruning = createPruning({ store, clock, retainMs: hourMs, onError: (error) => assert.fail(String(error)) })
  pruning.start()
  await clock.advance(60_000)
  // One run: the clock does not move on to the next.
  const left = async () => (await store.read.query('SELECT message_id FROM message_sent ORDER BY message_id DESC LIMIT 2', [])).map((row) => row['message_id'])
  for (let looks = 0; looks < 1_000 && (await left()).length > 1; looks++) await sleep(5)
  assert.deepEqual(await left(), ['young'])
  await pruning.stop()
  await store.close()
})
