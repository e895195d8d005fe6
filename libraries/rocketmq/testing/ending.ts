/**
 * A program that ends a client in the way that it is told to, and then has nothing more to do: does its process
 * end? `ending.ts WHO HOW ENDPOINT`, where WHO is `client` (the client as it is) or `library`.
 */
import { ConsumeResult, Producer, PushConsumer } from 'rocketmq-client-nodejs'
import { openRocketMq } from '../index.ts'

const [, , who = '', how = '', endpoint = ''] = process.argv
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const options = { endpoints: endpoint, namespace: '', logger: silent }
const isStuck = how === 'stuck'
const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs))
const never = () => new Promise<never>(() => {})
/** By then a consumer has its queue and its message. */
const settledMs = 1_500

async function endClient(): Promise<void> {
  if (how === 'producer') {
    const producer = new Producer({ ...options, topic: 'topic' })
    await producer.startup()
    await told()
    closing()
    await producer.shutdown().catch(() => {})
    return
  }
  if (how === 'let go') {
    const producer = new Producer({ ...options, topic: 'topic' })
    await producer.startup()
    closing()
    await producer.shutdown()
    await told()
    return
  }
  if (how === 'starting') {
    const producer = new Producer({ ...options, topic: 'topic' })
    void producer.startup()
    await pause(100)
    closing()
    await producer.shutdown()
    return
  }
  const listener = { consume: isStuck ? never : async () => ConsumeResult.SUCCESS }
  const consumer = new PushConsumer({ ...options, consumerGroup: 'group', subscriptions: new Map([['topic', '*']]), messageListener: listener })
  await consumer.startup()
  await pause(settledMs)
  closing()
  await consumer.shutdown()
}

async function endLibrary(): Promise<void> {
  const rocketmq = openRocketMq({ endpoint })
  if (how === 'producer') {
    await rocketmq.send('topic', 'x')
    await told()
  } else if (how === 'let go') {
    await rocketmq.send('topic', 'x')
    closing()
    await rocketmq.close()
    await told()
    return
  } else if (how === 'starting') {
    void rocketmq.send('topic', 'x').catch(() => {})
    await pause(100)
  } else {
    await rocketmq.listen({ topic: 'topic', group: 'group', handle: isStuck ? never : async () => 'done' }).ready
    await pause(settledMs)
  }
  closing()
  await rocketmq.close(500)
}

/** From here on the test's patience counts. */
function closing(): void {
  process.stdout.write('closing\n')
}

/** Waits until the test has taken the proxy away. */
async function told(): Promise<void> {
  process.stdout.write('ready\n')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  process.stdin.destroy()
}

await (who === 'client' ? endClient() : endLibrary())
