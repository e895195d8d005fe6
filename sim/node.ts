import { createCatalogService } from '@suanpan/catalog'
import { channelNames, type Channel, type ChannelName } from '@suanpan/channels'
import { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { LogServiceDefinition } from '@suanpan/contracts/log'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import { PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { PointsServiceDefinition } from '@suanpan/contracts/points'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { createCouponService } from '@suanpan/coupon'
import { createInventoryService } from '@suanpan/inventory'
import { createLogService } from '@suanpan/log'
import type { OrderService } from '@suanpan/order'
import { createPaymentService, type PaymentService } from '@suanpan/payment'
import { createPointsService } from '@suanpan/points'
import { createStoreBus, type Bus, type DeliveredMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import { inProcessRpc, type Implementation, type Rpc, type ServiceDefinition } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import { silentLog, type CountedMarks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { createUserService } from '@suanpan/user'
import { openDisk } from './disk.ts'
import { times } from './limits.ts'
import type { SwarmOptions } from './options.ts'
import { simulatedOrderService } from './order-service.ts'
import type { Dice } from './random.ts'

/** Two order services share their store, and two payment services theirs: what one leaves behind, the other takes up. */
export const nodeNames = ['catalog', 'coupon', 'inventory', 'user', 'points', 'log', 'order-1', 'order-2', 'payment-1', 'payment-2'] as const
export type NodeName = (typeof nodeNames)[number]

/** A node from one start to the next crash. */
export interface Incarnation {
  readonly rpc: Rpc
  /** Shared by everything that this incarnation waits for. */
  readonly life: { alive: boolean }
}

export interface NodeOptions {
  readonly name: NodeName
  readonly number: number
  readonly life: { alive: boolean }
  readonly stores: ReadonlyMap<string, Store>
  readonly clock: Clock
  readonly dice: Dice
  readonly options: () => SwarmOptions
  readonly network: Pick<Rpc, 'client'>
  /** A platform as this incarnation reaches it. */
  readonly channel: (name: ChannelName, clock: Clock) => Channel
  readonly marks: CountedMarks
  readonly note: (what: string) => void
}

/** Starts the real service of this name on a disk and a network of the simulation. */
export function startNode(node: NodeOptions): Incarnation {
  const { name, number, life, clock, dice, marks, note } = node
  const rpc = inProcessRpc({ clock, maxCalls: 1_000, onError: (method, error) => note(`${method} failed: ${String(error)}`) })
  const disk = (store: string): Store => {
    const inner = node.stores.get(store)
    if (inner === undefined) throw new Error(`there is no store ${store}`)
    return openDisk({ inner, clock, dice, options: node.options, isAlive: () => life.alive, note })
  }
  const orderStore = disk('order')
  const bus = createStoreBus({
    stores: [orderStore, disk('payment')],
    clock,
    marks,
    owner: `${name}#${number}`,
    leaseMs: 1_000,
    pollEveryMs: times.pollEveryMs,
    retryDelaysMs: times.retryDelaysMs,
    retainMs: 24 * 60 * 60 * 1000,
    onError: ({ group, error }) => note(`${group} has to try again: ${String(error)}`),
  })
  const subscribe: Subscribe = (subscriptions) => {
    for (const subscription of subscriptions) bus.subscribe(doubling(subscription, node))
  }
  provideService(node, rpc, bus, orderStore, disk, subscribe)
  void bus.start()
  return { rpc, life }
}

type Subscribe = (subscriptions: readonly Subscription[]) => void

interface WithBooks<Definition extends ServiceDefinition> {
  readonly implementation: Implementation<Definition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects?: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

function provideService(node: NodeOptions, rpc: Rpc, bus: Bus, orderStore: Store, disk: (store: string) => Store, subscribe: Subscribe): void {
  const { name, life, clock, marks } = node
  function provide<Definition extends ServiceDefinition>(service: string, definition: Definition, provided: WithBooks<Definition>): void {
    rpc.provide(definition, provided.implementation)
    rpc.provide(AuditServiceDefinition, provided.audit, service)
    if (provided.effects !== undefined) rpc.provide(EffectsServiceDefinition, provided.effects, service)
    // One node of a service works its messages off: the embedded bus has no leases between processes.
    if (!name.endsWith('-2')) subscribe(provided.subscriptions)
  }
  switch (name) {
    case 'catalog':
      return rpc.provide(CatalogServiceDefinition, createCatalogService({ store: disk(name) }).implementation)
    case 'coupon':
      return provide(name, CouponServiceDefinition, createCouponService({ store: disk(name), clock, marks }))
    case 'inventory':
      return provide(name, InventoryServiceDefinition, createInventoryService({ store: disk(name), clock, marks }))
    case 'user':
      return provide(name, UserServiceDefinition, createUserService({ store: disk(name), clock, marks }))
    case 'points':
      return provide(name, PointsServiceDefinition, createPointsService({ store: disk(name), clock, marks }))
    case 'log':
      return provide(name, LogServiceDefinition, createLogService({ store: disk(name), clock, marks }))
    case 'order-1':
    case 'order-2': {
      const service = orderService(node, rpc, bus, orderStore)
      provide('order', OrderServiceDefinition, service)
      if (life.alive) service.sweeper.start()
      return
    }
    case 'payment-1':
    case 'payment-2': {
      const service = paymentService(node, rpc, bus, disk('payment'))
      provide('payment', PaymentServiceDefinition, service)
      if (life.alive) service.start()
    }
  }
}

function orderService({ clock, marks, dice: { random }, options, network }: NodeOptions, rpc: Rpc, bus: Bus, store: Store): OrderService {
  return simulatedOrderService({
    store,
    bus,
    rpc: { ...rpc, client: network.client },
    clock,
    random,
    marks,
    sweepEveryMs: options().sweepEveryMs,
    confirmFails: () => options().confirmFails,
    queue: { maxWaiting: 2, ordersPerSecond: 20 },
  })
}

function paymentService({ clock, marks, dice: { random }, options, network, channel }: NodeOptions, rpc: Rpc, bus: Bus, store: Store): PaymentService {
  return createPaymentService({
    store,
    bus,
    rpc: { ...rpc, client: network.client },
    channels: new Map(channelNames.map((each) => [each, channel(each, clock)])),
    clock,
    ids: createIds({ clock, random }),
    log: silentLog,
    marks,
    ...times,
    askEveryMs: options().sweepEveryMs,
    sweepEveryMs: options().sweepEveryMs,
    maxBatch: 20,
    maxQueued: 200,
  })
}

/** Delivers messages twice, in another order, long after they were handled, or has their handling forgotten. */
function doubling(subscription: Subscription, { dice, options, note }: NodeOptions): Subscription {
  const handled: DeliveredMessage[] = []

  async function handle(messages: readonly DeliveredMessage[]): Promise<readonly Verdict[]> {
    if (!dice.chance(options().messageDoubled)) return subscription.handle(messages)
    note(`${subscription.group} gets ${messages.length} messages twice`)
    if (dice.chance(0.5)) {
      await subscription.handle(messages.toReversed())
      return subscription.handle(messages)
    }
    const verdicts = await subscription.handle([...messages, ...messages])
    if (dice.chance(0.5)) throw new Error('handled, and forgotten')
    return verdicts.slice(0, messages.length)
  }

  return {
    ...subscription,
    handle: async (messages) => {
      const late = handled.length > 0 && dice.chance(options().messageDoubled) ? [dice.pick(handled)] : []
      if (late.length > 0) note(`${subscription.group} gets a message of long ago once more`)
      handled.push(...messages)
      return (await handle([...messages, ...late])).slice(0, messages.length)
    },
  }
}
