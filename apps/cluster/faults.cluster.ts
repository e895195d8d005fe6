import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as faults from './testing/faults.ts'
import { startProvingGround, type ProvingGround } from './testing/proving-ground.ts'

const leastKills = 30
/** Tests of their own, for a cluster that runs. */
const javaPeers = fileURLToPath(new URL('../../examples/shop-peers/peers.cluster.ts', import.meta.url))

/**
 * Real processes on real servers, two of every service, while customers order and pay and everything that they stand on
 * fails in turn. After each fault every promise is kept, every effect there once, and the audit clean.
 */
describe('the cluster under faults', { concurrency: false }, () => {
  let ground: ProvingGround
  before(async () => {
    ground = await startProvingGround((line) => process.stdout.write(`# ${line}\n`))
  })
  after(() => ground.stop())

  test('Java programs beside it: one places an order over Dubbo, one hears of paid ones from RocketMQ', async () => {
    const { zookeeper, nameServers = '' } = ground.cluster.engines
    const env = { ...process.env, CLUSTER_ZOOKEEPER: zookeeper, CLUSTER_NAMESERVERS: nameServers, NODE_TEST_CONTEXT: undefined }
    const tests = spawn(process.execPath, ['--test', javaPeers], { env, stdio: 'inherit' })
    const [exitCode] = (await once(tests, 'exit')) as [number | null]
    assert.equal(exitCode, 0)
  })

  test('kill -9 of each process, at random, thirty times', async () => {
    await ground.undergo(() => faults.killAtRandom(ground.cluster, leastKills))
    const deaths = faults.ownProcesses(ground.cluster).map((each) => each.deaths)
    assert.ok(deaths.every((count) => count > 0) && deaths.reduce((sum, count) => sum + count, 0) >= leastKills, String(deaths))
  })

  test('the broker frozen, then killed, away for thirty seconds, and back: no customer notices', async () => {
    const { paid } = await ground.undergoUnnoticed(() => faults.brokerAway(ground.cluster, 30_000))
    assert.ok(paid > 0)
  })

  test('publishers killed between half message and commit, their transactions open: others settle them', async () => {
    await ground.undergo(() => faults.publishersKilledInTransactions(ground.cluster))
  })

  test('each ZooKeeper server killed, and frozen, in turn: no customer notices', async () => {
    await ground.undergoUnnoticed(() => faults.eachZooKeeperKilledAndFrozen(ground.cluster))
  })

  test('PostgreSQL restarted, without warning and in good order', async () => {
    await ground.undergo(() => faults.databaseRestarted(ground.cluster))
  })

  test('every kind of connection delayed, cut, and half open', async () => {
    let broken: Readonly<Record<string, number>> = {}
    await ground.undergo(async () => {
      broken = await faults.connectionsBroken(ground.links)
    })
    assert.ok(Object.values(broken).length > 0 && Object.values(broken).every((count) => count > 0), JSON.stringify(broken))
  })

  test('every service and system restarted, one process of each after the other: no customer notices', async () => {
    await ground.undergoUnnoticed(() => faults.rollingRestart(ground.cluster))
  })
})
