import {
  attachPayingShop,
  attachShop,
  commandLine,
  eventually,
  importFlows,
  judgedAtOnce,
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
import { isDeepStrictEqual } from 'node:util'
import { startCluster, type Cluster } from './cluster.ts'
import { enginePortsFrom } from './options.ts'

/** Everything that the tests of the embedded shop demand of it, of a cluster: the same tests. */
const folder = mkdtempSync(join(tmpdir(), 'suanpan-cluster-'))
// PostgreSQL, which does not run as root, has to enter it.
chmodSync(folder, 0o755)
/** Of the order service, when a test says nothing else: longer than any of them takes. */
const usual: Settings = { UNPAID_TIMEOUT_MS: '7200000' }
let cluster: Cluster
before(async () => {
  const environment = { ...usual, ...judgedAtOnce, LOG_LEVEL: 'warn' }
  cluster = await startCluster({ program: commandLine, dataDir: join(folder, 'data'), port: 4_790, enginePorts: enginePortsFrom(4_700), environment })
})
after(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Settings = Readonly<Record<string, string>>
let inForce = usual

/** What the tests set concerns the order service alone; it is started anew where that changes. */
async function shopOnCluster(settings: Settings = {}): Promise<LiveShop> {
  const { orderSystem, paymentSystem } = cluster.urls
  const wanted = { ...usual, ...settings }
  if (!isDeepStrictEqual(wanted, inForce)) {
    const unset = Object.fromEntries(Object.keys(inForce).map((name) => [name, '']))
    for (const order of cluster.processesOf('order')) await order.restart({ ...unset, ...wanted })
    inForce = wanted
    // It is ready a moment before the systems that customers and platforms call have heard of it.
    const unaware = async () => {
      const statuses = await Promise.all([orderSystem, paymentSystem].map(async (url) => (await fetch(`${url}/readyz`)).status))
      return statuses.filter((status) => status !== 200)
    }
    await eventually('systems that know the order service', 20_000, unaware)
  }
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

importFlows(shopOnCluster)
paymentFlows(payingShopOnCluster)
orderFlows(shopOnCluster)
notificationFlows(payingShopOnCluster)
refundFlows(payingShopOnCluster)
// Moves the platforms' clock on by days, and so comes last.
reconciliationFlows(payingShopOnCluster)
