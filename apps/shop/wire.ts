import { createCatalogService, catalogSchema } from '@suanpan/catalog'
import { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import { PointsServiceDefinition } from '@suanpan/contracts/points'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { couponSchema, createCouponService } from '@suanpan/coupon'
import { createInventoryService, inventorySchema } from '@suanpan/inventory'
import { createDemoFaults, createOrderService, orderSchema } from '@suanpan/order'
import { createPointsService, pointsSchema } from '@suanpan/points'
import { busSchema, createStoreBus, type Bus } from '@suanpan/runtime/bus'
import { createIds, type Ids } from '@suanpan/runtime/ids'
import { inProcessRpc, withFaults, type Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import { noMarks, type Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { createUserService, userSchema } from '@suanpan/user'
import type { Configuration } from './configuration.ts'
import { createOperations } from './operations.ts'

export interface WireOptions {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Opens a service's store with these tables. */
  readonly openStore: (service: string, schemas: readonly URL[]) => Promise<Store>
  /** Where the edge reaches the services. */
  readonly toEdge: Rpc
}

export interface WiredServices {
  start(): Promise<void>
  /** Finishes what is under way, within a bound. */
  stop(): Promise<void>
}

/** Faults that the demo switches on reach the services that an order takes from. */
const takenFrom = new Set<string>([CouponServiceDefinition.fullName, InventoryServiceDefinition.fullName, UserServiceDefinition.fullName])

/** Orders and messages of one batch. Larger ones save little more, and hold others up for longer. */
const maxBatch = 256

/** On a database server a transaction costs both sides half a millisecond, however few orders are in it: 8 % less per order. */
const collectOnServerMs = 10

/** All services of the shop, and what connects them. Reads like the picture in docs/ARCHITECTURE.md. */
export async function wireServices({ configuration, clock, random, log, openStore, toEdge }: WireOptions): Promise<WiredServices> {
  const [catalogStore, couponStore, inventoryStore, userStore, pointsStore, orderStore] = await Promise.all([
    openStore('catalog', [catalogSchema]),
    openStore('coupon', [couponSchema]),
    openStore('inventory', [inventorySchema]),
    openStore('user', [userSchema]),
    openStore('points', [pointsSchema]),
    openStore('order', [orderSchema, busSchema]),
  ])
  const ids = createIds({ clock, random })
  const marks = noMarks
  const rpc = inProcessRpc({ clock, maxCalls: 20_000, onError: (method, error) => log.error({ method, error }, 'a service failed to answer') })
  const bus = openBus(orderStore, clock, ids, log)

  const faults = createDemoFaults(random)
  const orderRpc = configuration.demo
    ? withFaults(rpc, { clock, giveUpAfterMs: 300, fateOf: (service) => (takenFrom.has(service) ? faults.fateOfCall() : 'pass') })
    : rpc

  const catalog = createCatalogService({ store: catalogStore })
  const coupon = createCouponService({ store: couponStore, clock, marks })
  const inventory = createInventoryService({ store: inventoryStore, clock, marks })
  const user = createUserService({ store: userStore, clock, marks })
  const points = createPointsService({ store: pointsStore, clock, marks })
  const order = createOrderService({
    store: orderStore,
    bus,
    rpc: orderRpc,
    clock,
    random,
    ids,
    log,
    faults,
    unpaidTimeoutMs: configuration.unpaidTimeoutMs,
    sagaDeadlineMs: configuration.sagaDeadlineMs,
    queuedDeadlineMs: 10 * 60_000,
    callTimeoutMs: Math.min(2_000, configuration.sagaDeadlineMs),
    collectMs: configuration.databaseUrl === undefined ? 0 : collectOnServerMs,
    sweepEveryMs: 500,
    maxUnderWay: 4_096,
    queue: { maxWaiting: configuration.queueLimit, ordersPerSecond: configuration.queueRatePerSecond },
    maxBatch,
  })

  const withBooks = { coupon, inventory, user, points, order }
  for (const server of [rpc, toEdge]) {
    server.provide(CatalogServiceDefinition, catalog.implementation)
    server.provide(CouponServiceDefinition, coupon.implementation)
    server.provide(InventoryServiceDefinition, inventory.implementation)
    server.provide(UserServiceDefinition, user.implementation)
    server.provide(PointsServiceDefinition, points.implementation)
    server.provide(OrderServiceDefinition, order.implementation)
    server.provide(OperationsServiceDefinition, createOperations(bus))
    for (const [name, service] of Object.entries(withBooks)) server.provide(AuditServiceDefinition, service.audit, name)
    for (const [name, service] of Object.entries({ coupon, inventory, user, points })) server.provide(EffectsServiceDefinition, service.effects, name)
  }
  for (const service of Object.values(withBooks)) for (const subscription of service.subscriptions) bus.subscribe(subscription)

  return {
    start: async () => {
      await bus.start()
      order.sweeper.start()
    },
    stop: async () => {
      order.sweeper.stop()
      await bus.stop()
      await Promise.all([catalogStore, couponStore, inventoryStore, userStore, pointsStore, orderStore].map((store) => store.close()))
    },
  }
}

function openBus(orderStore: Store, clock: Clock, ids: Ids, log: Log): Bus {
  return createStoreBus({
    stores: [orderStore],
    clock,
    marks: noMarks,
    owner: ids.next('process'),
    leaseMs: 5_000,
    pollEveryMs: 200,
    // Eight tries over about ten minutes: longer than a restart, shorter than an operator's patience.
    retryDelaysMs: [200, 1_000, 5_000, 15_000, 60_000, 180_000, 300_000],
    retainMs: 7 * 24 * 60 * 60 * 1000,
    onError: (facts) => log.warn(facts, 'a message was not handled; it comes again'),
  })
}
