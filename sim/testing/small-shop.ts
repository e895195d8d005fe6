import { runAudit } from '@suanpan/audit'
import { catalogSchema, createCatalogService } from '@suanpan/catalog'
import { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { couponSchema, createCouponService } from '@suanpan/coupon'
import { createInventoryService, inventorySchema } from '@suanpan/inventory'
import { orderSchema } from '@suanpan/order'
import { createPointsService, pointsSchema } from '@suanpan/points'
import { busSchema, createStoreBus, type DeliveredMessage, type Subscription } from '@suanpan/runtime/bus'
import { inProcessRpc, type Implementation } from '@suanpan/runtime/rpc'
import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { createUserService, userSchema } from '@suanpan/user'
import { simulatedOrderService } from '../order-service.ts'

/** A message on its way to one group. */
export interface Letter {
  readonly subscription: Subscription
  readonly message: DeliveredMessage
}

/** What platforms have of each order: paid, less given back. */
export type Captured = ReadonlyMap<string, number>

/**
 * The real services on stores in memory, and nothing that delivers messages by itself: whoever has the letters decides
 * which arrives when, and how often. There is no payment service and no log: money at platforms is
 * whatever `captured` says.
 */
export function createSmallShop(captured: Captured) {
  const clock = manualClock(1_700_000_000_000)
  const marks = countedMarks()
  const open = (name: string, ...schemas: URL[]): Store => openSqliteStore({ name, schemas, file: ':memory:', clock: systemClock() })
  const orderStore = open('order', orderSchema, busSchema)
  const rpc = inProcessRpc({ clock, maxCalls: 1_000, onError: () => {} })
  const random = () => 0.5
  const bus = { stores: [orderStore], clock, marks, owner: 'test', leaseMs: 1, pollEveryMs: 1, retryDelaysMs: [], retainMs: 1, onError: () => {} }
  const catalog = createCatalogService({ store: open('catalog', catalogSchema) })
  const coupon = createCouponService({ store: open('coupon', couponSchema), clock, marks })
  const inventory = createInventoryService({ store: open('inventory', inventorySchema), clock, marks })
  const user = createUserService({ store: open('user', userSchema), clock, marks })
  const points = createPointsService({ store: open('points', pointsSchema), clock, marks })
  const order = simulatedOrderService({
    store: orderStore,
    bus: createStoreBus(bus),
    rpc,
    clock,
    random,
    marks,
    sweepEveryMs: 1_000,
    confirmFails: () => 0,
    queue: { maxWaiting: 1, ordersPerSecond: 1 },
  })
  const noBooks = { checkBooks: () => Promise.resolve({ checks: [], violations: [] }) }
  const payment = { audit: noBooks, effects: effectsOf(captured), subscriptions: [] }
  const withEffects = { coupon, inventory, user, points, payment }
  const services = { ...withEffects, order, log: { audit: noBooks, subscriptions: [] } }
  rpc.provide(CatalogServiceDefinition, catalog.implementation)
  rpc.provide(CouponServiceDefinition, coupon.implementation)
  rpc.provide(InventoryServiceDefinition, inventory.implementation)
  rpc.provide(UserServiceDefinition, user.implementation)
  rpc.provide(OrderServiceDefinition, order.implementation)
  for (const [name, service] of Object.entries(services)) rpc.provide(AuditServiceDefinition, service.audit, name)
  for (const [name, service] of Object.entries(withEffects)) rpc.provide(EffectsServiceDefinition, service.effects, name)
  const subscriptions = Object.values(services).flatMap((service): readonly Subscription[] => service.subscriptions)

  /** One letter for each group that listens to the message's topic. */
  const lettersOf = (message: DeliveredMessage): Letter[] =>
    subscriptions.filter((subscription) => subscription.topics.includes(message.topic)).map((subscription) => ({ subscription, message }))

  let readTo = 0
  return {
    clock,
    marks: marks.counts,
    catalog: catalog.implementation,
    coupon: coupon.implementation,
    inventory: inventory.implementation,
    user: user.implementation,
    points: points.implementation,
    order: order.implementation,
    lettersOf,
    /** What the order service has published since the last time. */
    collect: async (): Promise<DeliveredMessage[]> => {
      const rows = await orderStore.read.query('SELECT * FROM bus_message WHERE sequence > $1 ORDER BY sequence', [readTo])
      readTo = Number(rows.at(-1)?.['sequence'] ?? readTo)
      return rows.map((row) => ({
        id: row['message_id'] as string,
        topic: row['topic'] as string,
        key: row['key'] as string,
        body: row['body'] as Uint8Array,
        at: 0,
        traceparent: '',
        attempt: 1,
      }))
    },
    audit: async (): Promise<string[]> => {
      await clock.advance(1)
      return (await runAudit({ rpc, clock, graceMs: 0 })).violations.map(({ check, detail }) => `${check}: ${detail}`)
    },
  }
}

export type SmallShop = ReturnType<typeof createSmallShop>

function effectsOf(captured: Captured): Implementation<typeof EffectsServiceDefinition> {
  return {
    listEffects: ({ afterOrderId, orderIds }) => {
      const wanted = [...captured].filter(([orderId]) => (orderIds.length > 0 ? orderIds.includes(orderId) : orderId > afterOrderId))
      const rows = wanted.toSorted(([left], [right]) => (left < right ? -1 : 1))
      return Promise.resolve({
        effects: rows.map(([orderId, amount]) => ({ orderId, state: 'EFFECT_STATE_KEPT', amount, subject: '', takenAt: 0, settledAt: 0 })),
      })
    },
  }
}
