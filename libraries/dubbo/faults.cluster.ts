import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { createConsumer, openZooKeeper, zookeeperRegistry, type Consumer, type Registry, type ZooKeeperEvent } from './index.ts'
import { startPeer } from './testing/java.ts'
import { javaLoad, nodeLoad, type Counts, type Load } from './testing/load.ts'
import { startProgram, type Program } from './testing/process.ts'
import { startZooKeepers, type ZooKeepers } from './servers/index.ts'

/**
 * Traffic from Java and TypeScript consumers to Java and TypeScript providers, over both protocols, while everything
 * they stand on is killed, frozen and restarted in turn.
 */
const clock = systemClock()
const events: ZooKeeperEvent[] = []
const nodeProvider = fileURLToPath(new URL('./testing/node-provider.ts', import.meta.url))
let zookeepers: ZooKeepers
let registry: Registry
let consumer: Consumer | undefined
let loads: { readonly triple: Load; readonly plain: Load; readonly node: Load } | undefined
const providers = new Map<string, Program>()

async function startNode(name: string): Promise<void> {
  const provider = startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', nodeProvider], { ZK: zookeepers.servers.join(','), NAME: name })
  providers.set(name, provider)
  await provider.line('READY')
}

async function startJava(name: string, port: number): Promise<void> {
  const provider = await startPeer({ role: 'provider', zk: zookeepers.javaUrl, name, triplePort: String(port), classicPort: String(port + 4) })
  providers.set(name, provider)
  await provider.line('READY')
}

async function startJavaLoad(protocol: string): Promise<Load> {
  const peer = await startPeer({ role: 'load', zk: zookeepers.javaUrl, protocol, timeout: '10000', gap: '10', threads: '2' })
  await peer.line('READY')
  return javaLoad(peer)
}

/** What each consumer saw since the last look. */
async function look(): Promise<{ readonly triple: Counts; readonly plain: Counts; readonly node: Counts }> {
  assert.ok(loads !== undefined)
  const [triple, plain, node] = await Promise.all([loads.triple.look(), loads.plain.look(), loads.node.look()])
  return { triple, plain, node }
}

const failuresOf = (counts: { readonly [consumer: string]: Counts }) => Object.values(counts).flatMap(({ failed }) => Object.entries(failed))
const callsOf = ({ answered }: Counts) => Object.values(answered).reduce((sum, calls) => sum + calls, 0)
const askedBy = ({ answered }: Counts, provider: string) => Object.entries(answered).some(([who]) => who.endsWith(provider))

/** Looks until each consumer has had an answer of this provider, or no more of them. Gathers the failures meanwhile. */
async function untilAsked(provider: string, asked: boolean, withinMs: number): Promise<[string, number][]> {
  const failures: [string, number][] = []
  for (const until = clock.now() + withinMs; ;) {
    await clock.sleep(1_000)
    const counts = await look()
    failures.push(...failuresOf(counts))
    if (Object.values(counts).every((each) => askedBy(each, provider) === asked)) return failures
    assert.ok(clock.now() < until, `${provider} is${asked ? ' not' : ''} asked: ${JSON.stringify(counts)}`)
  }
}

before(async () => {
  zookeepers = await startZooKeepers(4_540)
  registry = zookeeperRegistry({
    zookeeper: openZooKeeper({ servers: zookeepers.servers, clock, onEvent: (event) => events.push(event) }),
    clock,
  })
  await Promise.all([startJava('java-one', 4_571), startNode('node-one'), startNode('node-two')])
  consumer = createConsumer({ application: 'node-load', registry, clock, random: systemRandom })
  const [triple, plain] = await Promise.all([startJavaLoad('tri'), startJavaLoad('dubbo')])
  loads = { triple, plain, node: nodeLoad(consumer) }
})

after(async () => {
  await Promise.all(Object.values(loads ?? {}).map((load) => load.stop()))
  consumer?.close()
  await Promise.all([...providers.values()].map((provider) => provider.signal('SIGKILL')))
  registry.close()
  await zookeepers.stop()
})

describe('under load', () => {
  test('everybody asks everybody', async () => {
    for (const name of ['node-one', 'node-two', 'java-one']) assert.deepEqual(await untilAsked(name, true, 60_000), [])
  })

  test('each ZooKeeper server killed in turn, and back: no failed call', async () => {
    await look()
    for (const index of [0, 1, 2]) {
      await zookeepers.kill(index)
      await clock.sleep(4_000)
      await zookeepers.restart(index)
    }
    const counts = await look()
    assert.deepEqual(failuresOf(counts), [])
    assert.ok(Object.values(counts).every((each) => callsOf(each) > 100))
  })

  test('each ZooKeeper server frozen in turn: no failed call, and the session is the same', async () => {
    const earlierEvents = events.length
    for (const index of [0, 1, 2]) {
      await zookeepers.freeze(index)
      await clock.sleep(10_000)
      await zookeepers.thaw(index)
      await clock.sleep(3_000)
    }
    assert.deepEqual(failuresOf(await look()), [])
    const kinds = events.slice(earlierEvents).map(({ kind }) => kind)
    assert.ok(kinds.includes('kicked'), 'one of the three is the one we are connected to')
    assert.ok(!kinds.includes('expired'))
    for (const name of ['node-one', 'node-two']) assert.ok(providers.get(name)?.lines.every((line) => !line.includes('expired')))
  })

  test('a TypeScript provider restarted gracefully: no failed call', async () => {
    await look()
    await startNode('node-three')
    const failures = await untilAsked('node-three', true, 60_000)
    await providers.get('node-one')?.signal('SIGTERM')
    assert.ok(providers.get('node-one')?.lines.includes('CLOSED'))
    failures.push(...(await untilAsked('node-one', false, 30_000)))
    assert.deepEqual(failures, [])
  })

  test('a TypeScript provider killed: nothing fails but calls that were under way and may not be repeated', async () => {
    await look()
    await providers.get('node-two')?.signal('SIGKILL')
    const failures = await untilAsked('node-two', false, 30_000)
    assertOnlyUnderWay(failures)
  })

  test('a Java provider restarted gracefully: no failed call of ours', async () => {
    await look()
    await startJava('java-two', 4_573)
    const failures = await untilAsked('java-two', true, 60_000)
    await providers.get('java-one')?.signal('SIGTERM')
    failures.push(...(await untilAsked('java-one', false, 30_000)))
    assert.deepEqual(failures.filter(isOurs), [])
  })

  test('a Java provider killed: nothing fails but calls that were under way and may not be repeated', async () => {
    await look()
    await providers.get('java-two')?.signal('SIGKILL')
    const failures = await untilAsked('java-two', false, 30_000)
    assertOnlyUnderWay(failures)
  })
})

const isOurs = ([what]: readonly [string, number]): boolean => /^(triple|plain)/.test(what)

/** Java's Triple consumer reports CANCELLED or the like for each of its two threads; ours says that the fate is unknown. */
function assertOnlyUnderWay(failures: readonly (readonly [string, number])[]): void {
  const ours = failures.filter(isOurs)
  const java = failures.filter((failure) => !isOurs(failure))
  assert.ok(
    ours.every(([what, calls]) => /^(triple|plain) \{"kind":"unknown","because":"connection"\}$/.test(what) && calls === 1),
    JSON.stringify(ours),
  )
  assert.ok(java.reduce((sum, [, calls]) => sum + calls, 0) <= 2, JSON.stringify(java))
}
