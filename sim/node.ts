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
import { createDemoFaults, createOrderService } from '@suanpan/order'
import { createPaymentService } from '@suanpan/payment'
import { createPointsService } from '@suanpan/points'
import { createStoreBus, type Bus, type DeliveredMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import { inProcessRpc, type Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import { silentLog, type CountedMarks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { createUserService } from '@suanpan/user'
import { openDisk } from './disk.ts'
import { times } from './limits.ts'
import type { SwarmOptions } from './options.ts'
import type { Dice } from './random.ts'

export type NodeName = 'catalog' | 'coupon' | 'inventory' | 'user' | 'points' | 'log' | 'order-1' | 'order-2' | 'payment-1' | 'payment-2'

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

function provideService(node: NodeOptions, rpc: Rpc, bus: Bus, orderStore: Store, disk: (store: string) => Store, subscribe: Subscribe): void {
  const { name, clock, marks } = node
  switch (name) {
    case 'catalog':
      return rpc.provide(CatalogServiceDefinition, createCatalogService({ store: disk('catalog') }).implementation)
    case 'coupon': {
      const service = createCouponService({ store: disk('coupon'), clock, marks })
      rpc.provide(CouponServiceDefinition, service.implementation)
      return provideBooks(rpc, name, service, subscribe)
    }
    case 'inventory': {
      const service = createInventoryService({ store: disk('inventory'), clock, marks })
      rpc.provide(InventoryServiceDefinition, service.implementation)
      return provideBooks(rpc, name, service, subscribe)
    }
    case 'user': {
      const service = createUserService({ store: disk('user'), clock, marks })
      rpc.provide(UserServiceDefinition, service.implementation)
      return provideBooks(rpc, name, service, subscribe)
    }
    case 'points': {
      const service = createPointsService({ store: disk('points'), clock, marks })
      rpc.provide(PointsServiceDefinition, service.implementation)
      return provideBooks(rpc, name, service, subscribe)
    }
    case 'log': {
      const service = createLogService({ store: disk('log'), clock, marks })
      rpc.provide(LogServiceDefinition, service.implementation)
      rpc.provide(AuditServiceDefinition, service.audit, name)
      return subscribe(service.subscriptions)
    }
    case 'order-1':
    case 'order-2':
      return provideOrder(node, rpc, bus, orderStore, subscribe)
    case 'payment-1':
    case 'payment-2':
      return providePayment(node, rpc, bus, disk('payment'), subscribe)
  }
}

type Subscribe = (subscriptions: readonly Subscription[]) => void

function provideOrder({ name, clock, marks, dice, options, network, life }: NodeOptions, rpc: Rpc, bus: Bus, store: Store, subscribe: Subscribe): void {
  const { random } = dice
  const service = createOrderService({
    store,
    bus,
    rpc: { ...rpc, client: network.client },
    clock,
    random,
    ids: createIds({ clock, random }),
    log: silentLog,
    marks,
    faults: createDemoFaults(random),
    ...times,
    sweepEveryMs: options().sweepEveryMs,
    maxUnderWay: 100,
    queue: { maxWaiting: 2, ordersPerSecond: 20 },
    maxBatch: 20,
  })
  rpc.provide(OrderServiceDefinition, service.implementation)
  rpc.provide(AuditServiceDefinition, service.audit, 'order')
  // One node works the queue off: the embedded bus has no leases between processes.
  if (name === 'order-1') subscribe(service.subscriptions)
  if (life.alive) service.sweeper.start()
}

function providePayment(
  { name, clock, marks, dice, options, network, channel, life }: NodeOptions,
  rpc: Rpc,
  bus: Bus,
  store: Store,
  subscribe: Subscribe,
): void {
  const { random } = dice
  const service = createPaymentService({
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
  rpc.provide(PaymentServiceDefinition, service.implementation)
  rpc.provide(AuditServiceDefinition, service.audit, 'payment')
  rpc.provide(EffectsServiceDefinition, service.effects, 'payment')
  if (name === 'payment-1') subscribe(service.subscriptions)
  if (life.alive) service.start()
}

interface WithBooks {
  readonly audit: Parameters<typeof provideAudit>[2]
  readonly effects: Parameters<typeof provideEffects>[2]
  readonly subscriptions: readonly Subscription[]
}

function provideAudit(rpc: Rpc, name: string, audit: Parameters<typeof rpc.provide<typeof AuditServiceDefinition>>[1]): void {
  rpc.provide(AuditServiceDefinition, audit, name)
}

function provideEffects(rpc: Rpc, name: string, effects: Parameters<typeof rpc.provide<typeof EffectsServiceDefinition>>[1]): void {
  rpc.provide(EffectsServiceDefinition, effects, name)
}

function provideBooks(rpc: Rpc, name: string, { audit, effects, subscriptions }: WithBooks, subscribe: Subscribe): void {
  provideAudit(rpc, name, audit)
  provideEffects(rpc, name, effects)
  subscribe(subscriptions)
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
