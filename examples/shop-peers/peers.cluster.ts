import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { startJava, type Program } from '@suanpan/dubbo/testing'
import { createAt } from '@suanpan/rocketmq/servers'
import { openDubboRpc } from '@suanpan/rpc-dubbo'
import { buildWithMaven } from '@suanpan/servers/maven'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { nameServers, zookeepers } from './endpoints.ts'

/**
 * Both Java programs against a cluster that runs: that of `npm run cluster`, or the one that CLUSTER_ZOOKEEPER and
 * CLUSTER_NAMESERVERS name. It sells a product of its own to a customer of its own.
 */
const folder = fileURLToPath(new URL('./java/', import.meta.url))
const clock = systemClock()
const run = randomUUID()
const [userId, sku, group] = [`java-${run}`, `java-${run}`, `java_peer_${run}`]
const priceFen = 1_000
const openingBalanceFen = 5 * priceFen
const stock = 8
/** Java starts in two seconds, or in a minute where everything else runs, too. */
const withinMs = 180_000
const environment = { CLUSTER_ZOOKEEPER: zookeepers.join(','), CLUSTER_NAMESERVERS: nameServers, GROUP: group }
let listener: Program | undefined

const start = (main: string, parameters: readonly string[] = []): Program =>
  startJava({ folder, main, maxHeapMb: 128, parameters, environment, properties: { 'user.home': `${folder}target` } })

/** What the program says: what became of the order, and how it was read back. */
async function place(quantity: number): Promise<readonly [placed: string, read: string]> {
  const program = start('peers.PlaceOrder', [userId, sku, String(quantity)])
  const said = [await program.line('PLACE_OUTCOME', withinMs), await program.line('READ', withinMs)] as const
  await program.ended
  return said
}

/** Fills the shop as an operator does, through the services themselves. */
async function declareProductAndCustomer(): Promise<void> {
  const dubbo = openDubboRpc({
    application: 'shop-peers',
    zookeeper: zookeepers,
    host: '127.0.0.1',
    clock,
    random: systemRandom,
    maxCalls: 1,
    onError: () => {},
  })
  const users = dubbo.rpc.client(UserServiceDefinition)
  const inventory = dubbo.rpc.client(InventoryServiceDefinition)
  const catalog = dubbo.rpc.client(CatalogServiceDefinition)
  try {
    const missing = await dubbo.untilProvided(20_000)
    assert.deepEqual(missing, [], `nobody provides these, according to ${zookeepers.join(', ')}: does the cluster run? (npm run cluster)`)
    const options = { deadlineAt: clock.now() + 20_000 }
    const replies = [
      await users.importUsers({ users: [{ userId, openingBalanceFen }] }, options),
      await inventory.importStock({ stock: [{ sku, receivedUnits: stock }] }, options),
      await catalog.importProducts({ products: [{ sku, title: 'abacus', priceFen }] }, options),
    ]
    for (const reply of replies) assert.equal(reply.kind, 'answered')
  } finally {
    await dubbo.close()
  }
}

before(async () => {
  buildWithMaven(folder)
  await declareProductAndCustomer()
  await createAt(nameServers, [], [{ name: group }])
  listener = start('peers.ListenPaid')
  await listener.line('listening', withinMs)
})

after(() => listener?.signal('SIGKILL'))

/** `PLACE_OUTCOME_… order-id what-it-is`, and the same after `READ`. */
function assertReadBack([placed, read]: readonly [string, string], outcome: string, described: string): string {
  const [, orderId = ''] = placed.split(' ')
  assert.deepEqual([placed, read], [`PLACE_OUTCOME_${outcome} ${orderId} ${described}`, `READ ${orderId} ${described}`])
  return orderId
}

test('a Java consumer places an order and reads it; a Java listener hears that it is paid', async () => {
  const orderId = assertReadBack(await place(2), 'PLACED', 'ORDER_STATE_PAID items 2000 fen, payable 0 fen')
  assert.equal(await listener?.line(`PAID ${orderId}`, withinMs), `PAID ${orderId} 2000 fen by ${userId}, message ${orderId}:paid`)
})

test('what the balance does not cover waits for a payment', async () => {
  assertReadBack(await place(4), 'PLACED', 'ORDER_STATE_AWAITING_PAYMENT items 4000 fen, payable 1000 fen')
})

test('what is not in stock is refused', async () => {
  assertReadBack(await place(stock), 'REFUSED', 'ORDER_STATE_CANCELLED items 8000 fen, payable 8000 fen')
})
