import assert from 'node:assert/strict'
import { after, describe, mock, test } from 'node:test'
import { Client } from '@grpc/grpc-js'
import { ConsumeResult, Producer, PushConsumer, type BaseClient, type Endpoints } from 'rocketmq-client-nodejs'
import messages from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js'
import { ProducerClient } from './producer-client.ts'
import { openRocketMq, RocketMqError, type RocketMq } from '../index.ts'
import { gather } from '../testing/gathering.ts'
import { startProxy, type Proxy, type ProxyBehaviour } from '../testing/proxy.ts'
import { pause, until } from '../testing/until.ts'

/**
 * Each test shows a defect of rocketmq-client-nodejs as it is, and that it does not reach our users. If its first half
 * fails after an upgrade, the client has been mended, and the workaround, named after each test, can go.
 */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const clients: { shutdown(): Promise<void> }[] = []
const proxies: Proxy[] = []
const setKeepingInterval = globalThis.setInterval

// What clients as they are leave behind must not keep the tests from ending.
globalThis.setInterval = ((task: () => void, everyMs: number) => setKeepingInterval(task, everyMs).unref()) as typeof setInterval

/** Clients as they are may take for ever to shut down, and go on trying after that. */
const shutdownWithinMs = 5_000

after(async () => {
  const shutdowns = clients.map((client) => client.shutdown().catch(() => {}))
  await Promise.race([Promise.all(shutdowns), pause(shutdownWithinMs)])
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  globalThis.setInterval = setKeepingInterval
  setTimeout(() => process.exit(), shutdownWithinMs).unref()
})

async function proxyWith(behaviour: ProxyBehaviour = {}): Promise<Proxy> {
  const proxy = await startProxy(behaviour)
  proxies.push(proxy)
  return proxy
}

function libraryAt(proxy: Proxy): RocketMq {
  const rocketmq = openRocketMq({ endpoint: proxy.endpoint })
  clients.push({ shutdown: () => rocketmq.close(200) })
  return rocketmq
}

/** To be shut down at the end. */
function ending<C extends BaseClient>(client: C): C {
  clients.push(client)
  return client
}

const optionsOf = ({ endpoint }: Proxy) => ({ endpoints: endpoint, namespace: '', logger: silent })

function plainProducer(proxy: Proxy, topic: string | string[]): Producer {
  return ending(new Producer({ ...optionsOf(proxy), topic, checker: { check: async () => 0 } }))
}

/** A consumer as it is, told to fail or to succeed. */
async function plainConsumer(proxy: Proxy, consume: () => Promise<ConsumeResult>): Promise<void> {
  const subscriptions = new Map([['topic', '*']])
  await ending(new PushConsumer({ ...optionsOf(proxy), consumerGroup: 'group', subscriptions, messageListener: { consume } })).startup()
}

describe('connecting', () => {
  test('a start with two topics hangs (client/start.ts: one topic per client)', async () => {
    const proxy = await proxyWith({ routeDelayMs: (topic) => (topic === 'second' ? 500 : 0) })
    const isUp = await Promise.race([
      plainProducer(proxy, ['first', 'second'])
        .startup()
        .then(() => true),
      pause(2_000).then(() => false),
    ])
    assert.equal(isUp, false)
    const rocketmq = libraryAt(proxy)
    await Promise.all([rocketmq.send('first', 'x'), rocketmq.send('second', 'x')])
  })

  test('a topic first used after the start is not announced, so nobody is asked about its transactions (producer.ts)', async () => {
    const [plain, ours] = [await proxyWith(), await proxyWith()]
    const producer = plainProducer(plain, 'first')
    await producer.startup()
    await producer.send({ topic: 'second', body: Buffer.from('') })
    const rocketmq = libraryAt(ours)
    rocketmq.checkTransactions('first', async () => 'unknown')
    rocketmq.checkTransactions('second', async () => 'unknown')
    await until(() => ours.announced.length === 2)
    assert.deepEqual([plain.announced, ours.announced.toSorted()], [['first'], ['first', 'second']])
  })

  test('of two addresses one is ignored or none works (client/endpoint.ts)', async () => {
    const proxy = await proxyWith()
    const options = { ...optionsOf(proxy), topic: 'topic' }
    assert.equal(new Producer({ ...options, endpoints: `${proxy.endpoint},127.0.0.1:1` }).getEndpoints().facade, proxy.endpoint)
    await assert.rejects(ending(new Producer({ ...options, endpoints: `${proxy.endpoint};${proxy.endpoint}` })).startup())
    for (const endpoint of [`${proxy.endpoint},127.0.0.1:1`, `${proxy.endpoint};${proxy.endpoint}`, `http://${proxy.endpoint}`, 'localhost', 'a:99999']) {
      assert.throws(() => openRocketMq({ endpoint }), TypeError)
    }
  })

  test('each look at the route opens another channel (client/kept-endpoints.ts)', async () => {
    const proxy = await proxyWith()
    class Plain extends Producer {
      look = () => this.updateRoutes()
      address = () => this.getTotalRouteEndpoints()[0] as Endpoints
    }
    class Ours extends ProducerClient {
      look = () => this.updateRoutes()
      address = () => this.getTotalRouteEndpoints()[0] as Endpoints
    }
    const channels = []
    for (const client of [new Plain({ ...optionsOf(proxy), topic: 'topic' }), new Ours({ ...optionsOf(proxy), topic: 'topic' })]) {
      for (let look = 1; look <= 5; look++) {
        await client.look()
        await client.getRpcClientManager().heartbeat(client.address(), new messages.HeartbeatRequest(), 3_000)
      }
      const close = mock.method(Client.prototype, 'close')
      await client.shutdown()
      channels.push(close.mock.callCount())
      close.mock.restore()
    }
    // One for the address that was configured, one for the same address in each route, or in all of them.
    assert.deepEqual(channels, [6, 2])
  })
})

test('a proxy that comes back gets one stream of each client, and hears again which topics to ask about', async () => {
  const earlier = await proxyWith()
  const rocketmq = libraryAt(earlier)
  rocketmq.checkTransactions('topic', async () => 'unknown')
  await until(() => earlier.announced.length === 1)
  earlier.kill()
  await assert.rejects(rocketmq.send('topic', 'x', { withinMs: 3_000 }), { kind: 'unknown' })
  assert.equal((await rocketmq.health()).ok, false)
  const later = await startProxy({}, earlier.port)
  proxies.push(later)
  await rocketmq.send('topic', 'x', { key: 'key' })
  await until(() => later.announced.length > 0)
  await pause(1_500)
  assert.deepEqual([later.sent, later.announced, later.telemetryStreams], [['key'], ['topic'], 1])
})

describe('sending', () => {
  test('tries three times within milliseconds, and gives up (back-off.ts)', async () => {
    const [plain, ours] = [await proxyWith({ failingSends: 4 }), await proxyWith({ failingSends: 4 })]
    const producer = plainProducer(plain, 'topic')
    await producer.startup()
    await assert.rejects(producer.send({ topic: 'topic', body: Buffer.from('') }))
    await libraryAt(ours).send('topic', 'x', { key: 'key' })
    assert.deepEqual([plain.behaviour.failingSends, ours.sent], [1, ['key']])
  })

  test('a commit throws after it committed if the logger has no debug (client/logger.ts)', async () => {
    const [plain, ours] = [await proxyWith(), await proxyWith()]
    const { debug: _, ...withoutDebug } = silent
    const producer = ending(new Producer({ ...optionsOf(plain), logger: withoutDebug, topic: 'topic', checker: { check: async () => 0 } }))
    await producer.startup()
    const transaction = producer.beginTransaction()
    await producer.send({ topic: 'topic', body: Buffer.from('') }, transaction)
    await assert.rejects(transaction.commit(), TypeError)
    const rocketmq = libraryAt(ours)
    rocketmq.checkTransactions('topic', async () => 'unknown')
    const { isTold } = await rocketmq.sendInTransaction('topic', 'x', async () => 'commit')
    assert.deepEqual([plain.commits, ours.commits, isTold], [1, 1, true])
  })

  test('half of the messages go to a replica (client/masters-only.ts)', async () => {
    const [replica, plain, ours] = [await proxyWith(), await proxyWith(), await proxyWith()]
    for (const proxy of [plain, ours]) {
      proxy.behaviour.queues = [
        { port: proxy.port, brokerId: 0 },
        { port: replica.port, brokerId: 1 },
      ]
    }
    const producer = plainProducer(plain, 'topic')
    await producer.startup()
    for (const key of ['1', '2', '3', '4']) await producer.send({ topic: 'topic', body: Buffer.from(''), keys: [key] })
    assert.equal(replica.sent.length, 2)
    const rocketmq = libraryAt(ours)
    for (const key of ['5', '6', '7', '8']) await rocketmq.send('topic', 'x', { key })
    assert.deepEqual([replica.sent.length, ours.sent], [2, ['5', '6', '7', '8']])
  })

  test('a recall that is too late, or impossible, looks like a broker that is away: an error without its code (client/recall.ts)', async () => {
    const troubles = ['recall failed, timestamp invalid', 'recall handle is invalid']
    const outcomes = await Promise.all(
      troubles.map(async (recallTrouble) => {
        const proxy = await proxyWith({ recallTrouble })
        const producer = plainProducer(proxy, 'topic')
        await producer.startup()
        const plain: unknown = await producer.recallMessage('topic', 'handle').catch((error: unknown) => error)
        assert.ok(plain instanceof Error && !('code' in plain) && plain.name === 'Error')
        return libraryAt(proxy)
          .recall('topic', 'handle')
          .catch((error: unknown) => (error instanceof RocketMqError ? error.kind : error))
      }),
    )
    assert.deepEqual(outcomes, ['too_late', 'refused'])
  })

  test('a producer goes by its first route for ever (client/stale-route.ts)', async () => {
    const [later, plain, ours] = [await proxyWith(), await proxyWith(), await proxyWith()]
    const producer = plainProducer(plain, 'topic')
    await producer.startup()
    await producer.send({ topic: 'topic', body: Buffer.from(''), keys: ['plain before'] })
    const rocketmq = libraryAt(ours)
    await rocketmq.send('topic', 'x', { key: 'ours before' })
    for (const proxy of [plain, ours]) proxy.behaviour.queues = [{ port: later.port, brokerId: 0 }]
    await (producer as unknown as { updateRoutes(): Promise<void> }).updateRoutes()
    await producer.send({ topic: 'topic', body: Buffer.from(''), keys: ['plain after'] })
    // A look at the health is a look at the route.
    assert.equal((await rocketmq.health()).ok, true)
    await rocketmq.send('topic', 'x', { key: 'ours after' })
    assert.deepEqual([plain.sent, ours.sent, later.sent], [['plain before', 'plain after'], ['ours before'], ['ours after']])
  })
})

describe('receiving', () => {
  const failing = async () => ConsumeResult.FAILURE

  test('a failed message comes again at once, or after milliseconds instead of seconds (client/retry-policy.ts)', async () => {
    const deliveries = [{ key: 'm' }]
    const [customized, exponential, ours] = [
      await proxyWith({ deliveries }),
      await proxyWith({ deliveries, backOffSeconds: 10 }),
      await proxyWith({ deliveries }),
    ]
    const all = [customized, exponential, ours]
    await Promise.all([customized, exponential].map((proxy) => plainConsumer(proxy, failing)))
    libraryAt(ours).listen({ topic: 'topic', group: 'group', retryDelaysMs: [7_000], handle: async () => 'retry' })
    await until(() => all.every(({ settled }) => settled.length === 1))
    assert.deepEqual(
      all.map(({ settled }) => settled[0]),
      [0, 10, 7_000].map((afterMs) => ({ key: 'm', as: 'again', afterMs })),
    )
  })

  test('an ordered message that failed once is a dead letter (client/retry-policy.ts)', async () => {
    const behaviour = () => ({ deliveries: [{ key: 'm', group: 'g' }], isOrdered: true })
    const [plain, ours] = [await proxyWith(behaviour()), await proxyWith(behaviour())]
    let failures = 0
    await plainConsumer(plain, async () => (failures++, ConsumeResult.FAILURE))
    const gathering = gather(({ key }) => (gathering.messages.length < 3 ? 'retry' : key === 'm' ? 'done' : 'dead_letter'))
    libraryAt(ours).listen({ topic: 'topic', group: 'group', ordered: true, retryDelaysMs: [10, 10], handle: gathering.handle })
    await until(() => plain.settled.length === 1 && ours.settled.length === 1)
    assert.deepEqual([failures, plain.settled, gathering.messages.length, ours.settled], [1, [{ key: 'm', as: 'dead' }], 3, [{ key: 'm', as: 'done' }]])
  })

  test('all messages at hand are handled at the same time (listener.ts)', async () => {
    const deliveries = Array.from({ length: 50 }, (_, index) => ({ key: `m${index}` }))
    const [plain, ours] = [await proxyWith({ deliveries }), await proxyWith({ deliveries })]
    const counts = [0, 0]
    const most = [0, 0]
    const counting = async (index: 0 | 1) => {
      most[index] = Math.max(most[index] ?? 0, (counts[index] = (counts[index] ?? 0) + 1))
      await pause(20)
      counts[index] = (counts[index] ?? 0) - 1
    }
    await plainConsumer(plain, async () => (await counting(0), ConsumeResult.SUCCESS))
    libraryAt(ours).listen({ topic: 'topic', group: 'group', concurrency: 4, handle: async () => (await counting(1), 'done') })
    await until(() => plain.settled.length === 50 && ours.settled.length === 50)
    assert.deepEqual(most, [50, 4])
  })

  test('a consumer that is shut down within a second begins to receive then (client/consumer-client.ts)', async () => {
    const [plain, ours] = [await proxyWith(), await proxyWith()]
    const subscriptions = new Map([['topic', '*']])
    const consumer = new PushConsumer({ ...optionsOf(plain), consumerGroup: 'group', subscriptions, messageListener: { consume: failing } })
    await consumer.startup()
    const rocketmq = libraryAt(ours)
    const listener = rocketmq.listen({ topic: 'topic', group: 'group', handle: async () => 'done' })
    await listener.ready
    await Promise.all([consumer.shutdown(), listener.stop()])
    await until(() => plain.receives > 0)
    assert.equal(ours.receives, 0)
  })

  test('a consumer polls for as long as the proxy lets it, and waits for that at its end (client/short-polls.ts)', async () => {
    const [plain, ours] = [await proxyWith(), await proxyWith()]
    await plainConsumer(plain, failing)
    libraryAt(ours).listen({ topic: 'topic', group: 'group', handle: async () => 'done' })
    await until(() => plain.receives > 0 && ours.receives > 0)
    assert.deepEqual([plain.pollSeconds, ours.pollSeconds], [20, 5])
  })
})
