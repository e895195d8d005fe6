import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  assertAcknowledgedTakesEffect,
  assertBooks,
  assertMoneySettles,
  assertPromisesKept,
  assertRefundsAreTheSame,
  callPlatforms,
  callShop,
  commandLine,
  eventually,
  judgedAtOnce,
  replay,
  untilDecided,
  type Platforms,
  type ShopCalls,
} from '@suanpan/shop/testing'
import { startMiddle, type Middle } from '@suanpan/runtime/testing'
import { startCluster, type Cluster } from '../cluster.ts'
import { enginePortsFrom } from '../options.ts'
import { openCustomers, type Customers, type Met } from './customers.ts'
import { openLeftovers, type Leftovers } from './leftovers.ts'
import { ownAddress, startLinks, type Links } from './links.ts'

/** One cluster, two processes of every service, and customers who shop there while it is mistreated. */
export interface ProvingGround {
  readonly cluster: Cluster
  readonly links: Links
  /** Lets customers shop during the fault; then the books have to be right. Tells what they met, and how long all of it took. */
  undergo(fault: () => Promise<void>): Promise<Met>
  /** Likewise, and no customer may have noticed. */
  undergoUnnoticed(fault: () => Promise<void>): Promise<Met>
  stop(): Promise<void>
}

const firstEnginePort = 21_700
const shopPort = 21_781
/** In front of the two order systems, and of the two payment systems, as a cluster would have one. */
const ordersBalancerPort = 21_795
const paymentsBalancerPort = 21_796

/** Longer than the platforms' clock is put forward in all. */
const unpaidTimeoutMs = 3 * 60 * 60_000
/** By when, once a fault is over, every process is back, and every order decided. */
const backWithinMs = 90_000
const decidedWithinMs = 90_000
/** A connection to PostgreSQL that says nothing is given up after 10 s. Until then whoever asks over it is told to ask again. */
const toldWithinMs = 45_000
/** What a process that was killed had in hand is delivered to others after forty seconds; what failed five times comes again after sixty. */
const nothingLeftWithinMs = 120_000

export async function startProvingGround(say: (line: string) => void): Promise<ProvingGround> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-faults-'))
  // PostgreSQL, which does not run as root, has to enter it.
  chmodSync(folder, 0o755)
  const enginePorts = enginePortsFrom(firstEnginePort)
  const links = await startLinks(enginePorts)
  const balancers = [await balance(ordersBalancerPort, shopPort), await balance(paymentsBalancerPort, shopPort + 2)]
  let cluster: Cluster | undefined
  let leftovers: Leftovers | undefined

  async function stop(): Promise<void> {
    await leftovers?.close()
    await cluster?.stop()
    await Promise.all([...balancers, links].map((each) => each.close()))
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    const begunAt = performance.now()
    cluster = await startCluster({
      program: commandLine,
      dataDir: folder,
      port: shopPort,
      enginePorts,
      isHa: true,
      brokers: 1,
      environment: { CLUSTER_HOST: ownAddress, ...judgedAtOnce, LOG_LEVEL: 'warn', UNPAID_TIMEOUT_MS: String(unpaidTimeoutMs) },
      environmentOf: (name, environment) => links.lead(name, notifiedAtBalancer(name, environment)),
      onNews: say,
    })
    say(`the cluster is ready after ${seconds(begunAt)}`)
    const target = { host: '127.0.0.1', port: ordersBalancerPort }
    const shop = await callShop(target, toldWithinMs)
    const sandbox = callPlatforms({ url: cluster.urls.sandbox })
    const customers = await openCustomers({ target, shop: await callShop(target), sandbox })
    leftovers = await openLeftovers(cluster)
    const tried = createTrials({ cluster, customers, shop, sandbox, leftovers, target, say })
    return { cluster, links, ...tried, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A connection goes to one of two; to the other where that one is not there. */
function balance(port: number, first: number): Promise<Middle> {
  let turn = 0
  return startMiddle({ port, targets: () => (turn++ % 2 === 0 ? [first, first + 10] : [first + 10, first]) })
}

/** The platforms find whichever payment system is there. */
function notifiedAtBalancer(name: string, environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return /^payment-\d$/.test(name) ? { ...environment, PAYMENT_PORT: String(paymentsBalancerPort) } : environment
}

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`

interface Trying {
  readonly cluster: Cluster
  readonly customers: Customers
  readonly shop: ShopCalls
  readonly sandbox: Platforms
  readonly leftovers: Leftovers
  readonly target: { readonly host: string; readonly port: number }
  readonly say: (line: string) => void
}

function createTrials({ cluster, customers, shop, sandbox, leftovers, target, say }: Trying): Pick<ProvingGround, 'undergo' | 'undergoUnnoticed'> {
  async function undergo(fault: () => Promise<void>): Promise<Met> {
    const begunAt = performance.now()
    const shopping = customers.start()
    let met: Met
    try {
      await fault()
    } finally {
      met = await shopping.stop()
    }
    const overAt = performance.now()
    await Promise.all(cluster.processes.map((each) => each.untilReady(backWithinMs)))
    say(`the fault: ${seconds(begunAt)}; orders: ${JSON.stringify(Object.fromEntries(met.orders))}; payments: ${met.paid}; tried again: ${met.failures.length}`)
    await settle(met)
    say(`the books were right ${seconds(overAt)} after it`)
    return met
  }

  /** Every promise kept, every effect there once, nothing under way any more. */
  async function settle({ unanswered }: Met): Promise<void> {
    const { attempts, requestOf, history } = customers
    await eventually('whoever was told nothing is told now', toldWithinMs, async () => {
      const left = unanswered.filter((number) => !attempts.acknowledged.has(number))
      return left.length === 0 ? [] : replay(target, requestOf, attempts, left)
    })
    await assertPromisesKept(shop, attempts)
    await untilDecided(shop, decidedWithinMs)
    await untilNothingIsLeft()
    await assertAcknowledgedTakesEffect(shop, sandbox, history)
    await assertMoneySettles(shop, sandbox, history)
    await assertRefundsAreTheSame(shop, history)
    await untilNothingIsLeft()
    await assertBooks(target, shop, sandbox)
  }

  const untilNothingIsLeft = () => eventually('nothing is under way', nothingLeftWithinMs, () => leftovers.list())

  return {
    undergo,
    undergoUnnoticed: async (fault) => {
      const failedBefore = await failedOrders(shop)
      const met = await undergo(fault)
      const failedSince = [...(await failedOrders(shop))].filter((orderId) => !failedBefore.has(orderId))
      const unserved = [...met.orders].filter(([answer]) => !usualAnswers.has(answer) && answer !== crossed)
      const failures = met.failures.filter((failure) => !failure.includes(crossedInFetch))
      assert.deepEqual({ unserved, failures, failedSince }, { unserved: [], failures: [], failedSince: [] })
      const crossings = (met.orders.get(crossed) ?? 0) + met.failures.length
      const requests = [...met.orders.values()].reduce((sum, count) => sum + count, met.paid)
      assert.ok(crossings <= requests * mostCrossings, `${crossings} of ${requests} requests crossed with the end of their connection`)
      return met
    },
  }
}

/**
 * A request that sets out over a connection which the other side is just closing: clients send it again (RFC 9110, 9.2.2),
 * as these do. On a busy machine there are some.
 */
const crossed = 'failed: lost'
const crossedInFetch = 'other side closed'
const mostCrossings = 0.01

/** What customers of every kind are told by a shop that lacks nothing. */
const usualAnswers = new Set(['201', '202', '409 out_of_stock', '409 insufficient_balance', '409 coupon_not_usable'])
const customersReasons = new Set([undefined, 'out_of_stock', 'insufficient_balance', 'coupon_not_usable'])

/** Orders that were cancelled for a reason that is the shop's. */
async function failedOrders(shop: ShopCalls): Promise<ReadonlySet<string>> {
  const orders = [...(await shop.allOrders()).values()]
  return new Set(orders.filter(({ cancelReason }) => !customersReasons.has(cancelReason)).map(({ orderId }) => orderId))
}
