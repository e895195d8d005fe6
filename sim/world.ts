import { catalogSchema } from '@suanpan/catalog'
import { couponSchema } from '@suanpan/coupon'
import { inventorySchema } from '@suanpan/inventory'
import { logSchema } from '@suanpan/log'
import { orderSchema } from '@suanpan/order'
import { paymentSchema } from '@suanpan/payment'
import { pointsSchema } from '@suanpan/points'
import { busSchema } from '@suanpan/runtime/bus'
import type { Rpc, ServiceDefinition } from '@suanpan/runtime/rpc'
import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { countedMarks, type CountedMarks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { userSchema } from '@suanpan/user'
import { PaymentServiceDefinition, type Notification } from '@suanpan/contracts/payment'
import { createNetwork } from './network.ts'
import { nodeNames, startNode, type Incarnation, type NodeName } from './node.ts'
import { withoutFaults, type SwarmOptions } from './options.ts'
import { createPlatforms, type Platforms } from './platforms.ts'
import type { Dice } from './random.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'

/** Services of which there are two. */
const doubled = new Set(['order', 'payment'])

/** Which of two equal nodes a caller reaches. */
export type Replica = 1 | 2

const schemas: { readonly [store: string]: readonly URL[] } = {
  catalog: [catalogSchema],
  coupon: [couponSchema],
  inventory: [inventorySchema],
  user: [userSchema],
  points: [pointsSchema],
  order: [orderSchema, busSchema],
  payment: [paymentSchema, busSchema],
  log: [logSchema],
}

/** Any moment; far enough from 0 that a forgotten "now" shows. */
export const startAt = 1_700_000_000_000

/** A whole shop under virtual time: nodes that crash and restart, and stores that outlive them. */
export interface World {
  readonly scheduler: Scheduler
  readonly dice: Dice
  /** Of somebody outside, who never crashes. */
  readonly clock: Clock
  readonly stores: ReadonlyMap<string, Store>
  readonly marks: CountedMarks
  readonly trace: string[]
  options(): SwarmOptions
  setOptions(options: SwarmOptions): void
  readonly platforms: Platforms
  /** As a customer, a platform or the auditor reaches the nodes. */
  network(replica?: Replica): Rpc
  /** As an auditor reaches every node: nothing on its way is lost. */
  quietNetwork(): Rpc
  crash(name: NodeName, downMs: number): void
  /** No fault from here on; everything that is down comes up. */
  endFaults(): void
  /** A SKU whose stock does not add up at this very moment. */
  brokenStock(): Promise<string | undefined>
  countDeadLetters(): Promise<number>
  /** Messages that a group failed to handle, and is still trying. */
  countRetries(): Promise<number>
  /** Notifications that were acknowledged a while ago, and have had no effect. */
  countLeftBehind(): Promise<number>
  /** Orders whose coupon came free after it had expired. */
  ordersWithLateCoupon(): Promise<readonly string[]>
  countKeys(): Promise<{ readonly orders: number; readonly idempotencyKeys: number }>
  close(): Promise<void>
}

export function createWorld(dice: Dice, drawn: SwarmOptions): World {
  const scheduler = createScheduler(dice, startAt)
  const clock = scheduler.clockFor(() => true)
  const marks = countedMarks()
  const trace: string[] = []
  const stores = new Map(Object.entries(schemas).map(([name, folders]) => [name, openSqliteStore({ name, file: ':memory:', schemas: folders, clock })]))
  const nodes = new Map<NodeName, Incarnation>()
  let options = drawn
  let incarnations = 0

  const note = (what: string): void => void trace.push(`${String(scheduler.now() - startAt).padStart(7)} ${what}`)

  function providerOf(replica: Replica) {
    return (service: ServiceDefinition, instance: string | undefined): Rpc | undefined => {
      const owner = instance ?? service.fullName.split('.')[1] ?? ''
      return nodes.get((doubled.has(owner) ? `${owner}-${replica}` : owner) as NodeName)?.rpc
    }
  }

  function networkOf(replica: Replica, weather: () => SwarmOptions): Rpc {
    const { client } = createNetwork({ clock, wire: clock, dice, options: weather, provider: providerOf(replica), note })
    return { client, provide: () => {} }
  }

  const network = (replica: Replica = 1): Rpc => networkOf(replica, () => options)

  /** A platform's notification, verified, as the shop's edge hands it on to either payment service. */
  async function deliver(notification: Notification): Promise<'acknowledged' | 'failed'> {
    const replica = dice.pick([1, 2] as const)
    const payment = network(replica).client(PaymentServiceDefinition)
    const reply = await payment.receiveNotifications({ notifications: [notification] }, { deadlineAt: clock.now() + 1_000 })
    if (reply.kind !== 'answered') return 'failed'
    // The platform will not repeat itself: what the node has not done yet is for the other to find.
    if (dice.chance(options.diesAcknowledging)) crash(`payment-${replica}`, dice.integer(50, 4_000))
    return 'acknowledged'
  }

  const platforms = createPlatforms({ clock, dice, options: () => options, deliver, note })

  async function countOf(table: string, store = 'order'): Promise<number> {
    return Number((await stores.get(store)?.read.query(`SELECT COUNT(*) AS n FROM ${table}`, []))?.[0]?.['n'] ?? 0)
  }

  function start(name: NodeName): void {
    const life = { alive: true }
    const nodeClock = scheduler.clockFor(() => life.alive)
    const nodeNetwork = createNetwork({ clock: nodeClock, wire: clock, dice, options: () => options, provider: providerOf(dice.pick([1, 2])), note })
    nodes.set(
      name,
      startNode({
        name,
        number: ++incarnations,
        life,
        stores,
        clock: nodeClock,
        dice,
        options: () => options,
        network: nodeNetwork,
        channel: platforms.channel,
        marks,
        note,
      }),
    )
  }

  function crash(name: NodeName, downMs: number): void {
    const node = nodes.get(name)
    if (node === undefined) return
    note(`${name} crashes`)
    node.life.alive = false
    nodes.delete(name)
    clock.after(downMs, () => {
      if (nodes.has(name)) return
      note(`${name} starts again`)
      start(name)
    })
  }

  for (const name of nodeNames) start(name)

  return {
    scheduler,
    dice,
    clock,
    stores,
    marks,
    trace,
    options: () => options,
    setOptions: (changed) => {
      options = changed
    },
    platforms,
    network,
    quietNetwork: () => networkOf(1, () => withoutFaults(options)),
    crash,
    endFaults: () => {
      note('faults end')
      options = withoutFaults(options)
    },
    brokenStock: async () => {
      const sql =
        'SELECT sku FROM stock WHERE received_units <> available_units + reserved_units + sold_units OR available_units < 0 OR reserved_units < 0 LIMIT 1'
      return (await stores.get('inventory')?.read.query(sql, []))?.[0]?.['sku'] as string | undefined
    },
    countRetries: async () => (await countOf('bus_retry')) + (await countOf('bus_retry', 'payment')),
    countDeadLetters: async () => (await countOf('bus_dead')) + (await countOf('bus_dead', 'payment')),
    // A platform that is not answered at once repeats itself until the end: only what is older than a sweep is left behind.
    countLeftBehind: () => countOf(`payment_inbox WHERE state = 'received' AND received_at < ${scheduler.now() - 4_000}`, 'payment'),
    ordersWithLateCoupon: async () => {
      const sql = "SELECT order_id FROM coupon_claim JOIN coupon USING (coupon_id) WHERE state = 'released' AND settled_at >= expires_at"
      return ((await stores.get('coupon')?.read.query(sql, [])) ?? []).map((row) => row['order_id'] as string)
    },
    countKeys: async () => ({ orders: await countOf('orders'), idempotencyKeys: await countOf('idempotency') }),
    close: async () => {
      for (const node of nodes.values()) node.life.alive = false
      let isClosed = false
      const closing = Promise.all([...stores.values()].map((store) => store.close())).finally(() => {
        isClosed = true
      })
      // A store with something left to write waits for its clock, and only the scheduler moves that.
      while (!isClosed) await scheduler.runUntil(scheduler.now() + 100)
      await closing
    },
  }
}
