import { after, afterEach, before, describe } from 'node:test'
import { busConformance } from '@suanpan/runtime/bus/testing'
import { startCluster, type Cluster } from './testing/cluster.ts'

/** The suite that every engine of the bus passes, against a real broker and a real PostgreSQL. */
describe('the bus on RocketMQ', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(21_000, 20, ['reader', 'fine', 'ill', 'quick', 'slow', 'later'])
  })
  // A listener that leaves waits for its last poll, five seconds: beside the next test, which has topics of its own.
  const leaving: Promise<void>[] = []
  afterEach(() => void leaving.push(cluster.stopProcesses()))
  after(async () => {
    await Promise.all(leaving)
    await cluster.stop()
  })

  busConformance(async () => {
    const installation = await cluster.install()
    const { bus, store } = await cluster.open(installation)
    return { bus, store, reopen: async () => (await cluster.open(installation)).bus }
  })
})
