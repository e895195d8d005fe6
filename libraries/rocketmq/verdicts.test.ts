import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRocketMq, type Received, type Verdict } from './index.ts'
import { startProxy, type Delivery } from './testing/proxy.ts'
import { until } from './testing/until.ts'

const retryDelaysMs = [5_000, 60_000]

/** A message, what its handler does, and what becomes of it. */
const cases: readonly (readonly [delivery: Delivery, handle: (message: Received) => Promise<Verdict>, outcome: string])[] = [
  [{ key: 'done' }, async () => 'done', 'done'],
  [{ key: 'first failure' }, async () => 'retry', 'again after 5000'],
  [{ key: 'second failure', attempt: 2 }, async () => 'retry', 'again after 60000'],
  [{ key: 'last failure', attempt: 3 }, async () => 'retry', 'dead'],
  [{ key: 'throws' }, async () => Promise.reject(new Error('thrown')), 'again after 5000'],
  [{ key: 'throws at last', attempt: 3 }, async () => Promise.reject(new Error('thrown')), 'dead'],
  [{ key: 'poison' }, async () => 'dead_letter', 'dead'],
  [{ key: 'stuck' }, () => new Promise(() => {}), 'again after 5000'],
  [{ key: 'no batch', properties: { 'batch-size': '2' } }, async ({ bodies }) => (bodies.length === 2 ? 'done' : 'dead_letter'), 'again after 5000'],
  [{ key: 'replayed to us', properties: { 'replay-group': 'group' } }, async () => 'dead_letter', 'dead'],
  [{ key: 'replayed to others', properties: { 'replay-group': 'others' } }, async () => 'dead_letter', 'done'],
]

test('what becomes of a message by what its handler makes of it', async () => {
  const proxy = await startProxy({ deliveries: cases.map(([delivery]) => delivery) })
  const rocketmq = openRocketMq({ endpoint: proxy.endpoint })
  rocketmq.listen({
    topic: 'topic',
    group: 'group',
    retryDelaysMs,
    handleWithinMs: 300,
    handle: async (message) => cases.find(([{ key }]) => key === message.key)?.[1](message) ?? 'done',
  })
  await until(() => cases.every(([{ key }]) => proxy.settled.some((settled) => settled.key === key)))
  const outcomes = cases.map(([{ key }]) => {
    const settled = proxy.settled.find((each) => each.key === key)
    return [key, settled?.as === 'again' ? `again after ${settled.afterMs}` : settled?.as]
  })
  assert.deepEqual(
    outcomes,
    cases.map(([{ key }, , outcome]) => [key, outcome]),
  )
  assert.equal(rocketmq.buriedMessages, outcomes.filter(([, as]) => as === 'dead').length)
  await rocketmq.close(200)
  await proxy.stop()
})
