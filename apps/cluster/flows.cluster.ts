import {
  attachPayingShop,
  attachShop,
  importFlows,
  notificationFlows,
  orderFlows,
  paymentFlows,
  reconciliationFlows,
  refundFlows,
  type LiveShop,
} from '@suanpan/shop/testing'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { startCluster, type Cluster } from './cluster.ts'
import { enginePortsFrom } from './options.ts'

/** Everything that the tests of the embedded shop demand of it, of a cluster: the same tests. */
const folder = mkdtempSync(join(tmpdir(), 'suanpan-cluster-'))
// PostgreSQL, which does not run as root, has to enter it.
chmodSync(folder, 0o755)
let cluster: Cluster
before(async () => {
  cluster = await startCluster({ dataDir: join(folder, 'data'), port: 4_790, enginePorts: enginePortsFrom(4_700), environment: { LOG_LEVEL: 'warn' } })
})
after(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** What the tests set concerns the order service alone. */
async function shopOnCluster(settings: Readonly<Record<string, string>> = {}): Promise<LiveShop> {
  const usual = { UNPAID_TIMEOUT_MS: '900000' }
  for (const order of cluster.processesOf('order')) await order.restart({ ...usual, ...settings })
  const { orderSystem, paymentSystem } = cluster.urls
  return attachShop(
    (path) => (path.startsWith('/notify') ? paymentSystem : orderSystem),
    async () => {},
  )
}

const payingShopOnCluster: Parameters<typeof paymentFlows>[0] = async (settings) => {
  const { sandbox, paymentSystem } = cluster.urls
  // What the test before made the platforms do wrong.
  await fetch(`${sandbox}/sandbox/faults`, { method: 'DELETE' })
  return attachPayingShop(await shopOnCluster(settings), { sandboxUrl: sandbox, paymentSystemUrl: paymentSystem })
}

orderFlows(shopOnCluster)
importFlows(shopOnCluster)
paymentFlows(payingShopOnCluster)
notificationFlows(payingShopOnCluster)
refundFlows(payingShopOnCluster)
// Moves the platforms' clock on by days, and so comes last.
reconciliationFlows(payingShopOnCluster)
