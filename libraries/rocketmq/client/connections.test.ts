import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startLine, type Line } from '@suanpan/runtime/testing'
import { Producer } from 'rocketmq-client-nodejs'
import { openRocketMq, type RocketMq } from '../index.ts'
import { startProxy, type Proxy } from '../testing/proxy.ts'
import { pause, until } from '../testing/until.ts'

/**
 * Connections as the client opens them by itself, and as it opens them for our users (client/connections.ts). If the first half
 * of a test fails after an upgrade, the client has been mended, and that file can go.
 */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const ends: (() => unknown)[] = []
const endWithinMs = 2_000

// A client as it is may go on for ever.
after(async () => {
  await Promise.race([Promise.all(ends.map((end) => end())), pause(endWithinMs)])
  setTimeout(() => process.exit(), endWithinMs).unref()
})

async function proxyThatEnds(): Promise<Proxy> {
  const proxy = await startProxy()
  ends.push(proxy.kill)
  return proxy
}

/** The client as it is, which opens its connections before ours are opened. */
async function plainProducer(port: number): Promise<Producer> {
  const producer = new Producer({ endpoints: `127.0.0.1:${port}`, namespace: '', logger: silent, topic: 'topic', checker: { check: async () => 0 } })
  ends.push(() => producer.shutdown().catch(() => {}))
  await producer.startup()
  return producer
}

async function ourLibrary(port: number): Promise<RocketMq> {
  const rocketmq = openRocketMq({ endpoint: `127.0.0.1:${port}` })
  ends.push(() => rocketmq.close(200))
  rocketmq.checkTransactions('topic', async () => 'unknown')
  await rocketmq.send('topic', 'x')
  return rocketmq
}

/** Takes the place of a proxy, turns everybody away, and counts them. */
async function nobody(port: number): Promise<{ readonly turnedAway: () => number }> {
  let turnedAway = 0
  const server = createServer((socket) => {
    turnedAway++
    socket.on('error', () => {})
    socket.destroy()
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  ends.push(() => server.close())
  return { turnedAway: () => turnedAway }
}

/** A line to a proxy, which names it as where its queues are. */
async function lineTo(proxy: Proxy): Promise<Line> {
  const line = await startLine(proxy.port)
  ends.push(line.close)
  proxy.behaviour.queues = [{ port: line.port, brokerId: 0 }]
  return line
}

/** Sends one after the other, and counts those that were taken. */
function keepSending(send: () => Promise<unknown>): { readonly taken: number } {
  const sending = { taken: 0 }
  const isTaken = () =>
    send().then(
      () => true,
      () => false,
    )
  let isOver = false
  ends.push(() => (isOver = true))
  void (async () => {
    for (; !isOver; await pause(100)) if (await isTaken()) sending.taken++
  })()
  return sending
}

describe('a connection to the proxy', { concurrency: true }, () => {
  let away: { readonly plain: Proxy; readonly ours: Proxy }
  let silenced: { readonly plain: Line; readonly ours: Line }
  let silencedProducer: Producer

  // Once ours are opened, all are.
  before(async () => {
    away = { plain: await proxyThatEnds(), ours: await proxyThatEnds() }
    silenced = { plain: await lineTo(await proxyThatEnds()), ours: await lineTo(await proxyThatEnds()) }
    await plainProducer(away.plain.port)
    silencedProducer = await plainProducer(silenced.plain.port)
  })

  test('that cannot be opened is tried less and less often; ours each second', async () => {
    await ourLibrary(away.ours.port)
    for (const { kill } of [away.plain, away.ours]) kill()
    const [plain, ours] = [await nobody(away.plain.port), await nobody(away.ours.port)]
    await until(() => ours.turnedAway() >= 9)
    assert.ok(plain.turnedAway() <= 6, `${plain.turnedAway()} and ${ours.turnedAway()}`)
  })

  test('that carries nothing any more fails every call; ours is given up for another', async () => {
    const rocketmq = await ourLibrary(silenced.ours.port)
    for (const { silence } of [silenced.plain, silenced.ours]) silence()
    const plain = keepSending(() => silencedProducer.send({ topic: 'topic', body: Buffer.from('x') }))
    const ours = keepSending(() => rocketmq.send('topic', 'x', { withinMs: 1_000 }))
    await until(() => ours.taken > 0)
    assert.equal(plain.taken, 0)
  })
})
