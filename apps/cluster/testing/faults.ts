import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster.ts'
import type { ClusterProcess } from '../processes.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'

/** All but the sandbox, which stands for somebody else's servers. */
export const ownProcesses = ({ processes }: Cluster): readonly ClusterProcess[] => processes.filter(({ role }) => role !== 'sandbox')

/** kill -9 of every process at least once, at random moments and in a random order. */
export async function killAtRandom(cluster: Cluster, times: number): Promise<void> {
  const processes = ownProcesses(cluster)
  const mostAway = processes.length / 3
  const victims: ClusterProcess[] = []
  while (victims.length < times) victims.push(...shuffled(processes))
  for (const victim of victims.slice(0, times)) {
    await sleep(300 + Math.random() * 1_200)
    // Customers are to find a shop that works in part, not none.
    await until('most processes run', () => processes.filter(({ isReady }) => !isReady).length <= mostAway)
    await victim.kill()
  }
}

/** First it answers nobody and keeps all its connections, then it is gone. */
export async function brokerAway({ engines: { rocketmq } }: Cluster, forMs: number): Promise<void> {
  assert.ok(rocketmq !== undefined)
  await sleep(2_000)
  await rocketmq.freeze('broker')
  await sleep(8_000)
  await rocketmq.thaw('broker')
  await sleep(2_000)
  await rocketmq.kill('broker')
  await sleep(forMs)
  await rocketmq.restart('broker')
  await sleep(2_000)
}

/**
 * Publishers die while their transactions are open: half messages are at the broker, commits on their way to the
 * database. Before that the broker has had time to ask about them.
 */
export async function publishersKilledInTransactions({ engines: { postgres }, processesOf }: Cluster): Promise<void> {
  assert.ok(postgres !== undefined)
  for (const role of ['order', 'payment']) {
    await sleep(2_000)
    await postgres.freeze()
    await sleep(6_000)
    await Promise.all(processesOf(role).map((each) => each.kill()))
    await postgres.thaw()
  }
  await sleep(3_000)
}

/** A frozen server is noticed after three seconds. */
export async function eachZooKeeperKilledAndFrozen({ engines: { zookeepers } }: Cluster): Promise<void> {
  assert.ok(zookeepers !== undefined)
  for (const index of [0, 1, 2]) {
    await zookeepers.kill(index)
    await sleep(3_000)
    await zookeepers.restart(index)
    await zookeepers.freeze(index)
    await sleep(6_000)
    await zookeepers.thaw(index)
  }
  await sleep(2_000)
}

/** Without warning, and in good order. */
export async function databaseRestarted({ engines: { postgres } }: Cluster): Promise<void> {
  assert.ok(postgres !== undefined)
  for (const end of [postgres.crash, postgres.stop]) {
    await sleep(3_000)
    await end()
    await sleep(2_000)
    await postgres.restart()
  }
  await sleep(3_000)
}

/** Answers how many connections of each kind were cut, and how many left half open. */
export async function connectionsBroken({ kinds }: Links): Promise<Readonly<Record<string, number>>> {
  const broken: Record<string, number> = {}
  for (const [kind, links] of Object.entries(kinds)) {
    await untilOpen(kind, links)
    for (const link of links) link.delay(200)
    await sleep(3_000)
    for (const link of links) link.delay(0)
    for (let time = 0; time < 4; time++) {
      await sleep(500)
      broken[`${kind}, cut`] = (broken[`${kind}, cut`] ?? 0) + links.reduce((sum, link) => sum + link.cut(), 0)
    }
  }
  await sleep(2_000)
  for (const [kind, links] of Object.entries(kinds)) await untilOpen(kind, links)
  // All kinds at once: it takes the services longest to notice.
  for (const [kind, links] of Object.entries(kinds)) broken[`${kind}, half open`] = links.reduce((sum, link) => sum + link.halfOpen(), 0)
  await sleep(10_000)
  return broken
}

/** One process of every service and system after the other. */
export async function rollingRestart(cluster: Cluster): Promise<void> {
  for (const copy of ['-1', '-2']) {
    await sleep(1_000)
    const turn = ownProcesses(cluster).filter(({ name }) => name.endsWith(copy))
    await Promise.all(turn.map((each) => each.restart()))
  }
  await sleep(1_000)
}

/** RocketMQ's proxy is asked for routes each half minute, and until then a connection to it that broke is not missed. */
const untilOpen = (kind: string, links: readonly Link[]): Promise<void> => until(`a connection to ${kind}`, () => links.some(({ open }) => open > 0))

const lookEveryMs = 50
const patienceMs = 120_000

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const overAt = performance.now() + patienceMs; !holds(); await sleep(lookEveryMs)) assert.ok(performance.now() < overAt, what)
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
