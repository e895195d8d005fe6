import { catalogSchema, createCatalogService } from '@suanpan/catalog'
import type { Channel, ChannelName } from '@suanpan/channels'
import { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { LogServiceDefinition } from '@suanpan/contracts/log'
import { OrderServiceDefinition } from '@suanpan/contracts/order'
import { PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { PointsServiceDefinition } from '@suanpan/contracts/points'
import { topics } from '@suanpan/contracts/topics'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { couponSchema, createCouponService } from '@suanpan/coupon'
import { createInventoryService, inventorySchema } from '@suanpan/inventory'
import { createLogService, logSchema } from '@suanpan/log'
import { createDemoFaults, createOrderService, orderSchema, shareDemoFaults } from '@suanpan/order'
import { createPaymentService, paymentSchema, usualPauses, type Attention } from '@suanpan/payment'
import { createPointsService, pointsSchema } from '@suanpan/points'
import type { Bus, Subscription } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import { withFaults, type Implementation, type Rpc, type ServiceDefinition } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { createUserService, userSchema } from '@suanpan/user'
import type { Configuration } from './configuration.ts'

/** What a service stands on when a program hosts it. */
export interface HostContext {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  readonly store: Store
  readonly bus: Bus
  /** Reaches every other service. */
  readonly rpc: Rpc
  /** The platforms that customers can pay over. */
  readonly channels: ReadonlyMap<ChannelName, Channel>
}

/** Something that waits for a person: what alerts are made of. */
export interface Count {
  /** As Prometheus names it. */
  readonly name: string
  readonly help: string
  read(): Promise<number>
}

/** A service that runs: what it answers, what it listens to, and what it does by itself. */
export interface Hosted {
  provide(server: Rpc): void
  readonly subscriptions: readonly Subscription[]
  readonly counts?: readonly Count[]
  start(): void
  stop(): Promise<void>
}

export interface Host {
  readonly schemas: readonly URL[]
  host(context: HostContext): Hosted
}

interface WithBooks {
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects?: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** A service with books: it answers the auditor under its own name. */
function hosted<Definition extends ServiceDefinition>(
  name: string,
  definition: Definition,
  service: WithBooks & { readonly implementation: Implementation<Definition> },
  works: Pick<Hosted, 'start' | 'stop'> = { start: () => {}, stop: async () => {} },
): Hosted {
  const { implementation, audit, effects, subscriptions } = service
  return {
    provide: (server) => {
      server.provide(definition, implementation)
      server.provide(AuditServiceDefinition, audit, name)
      if (effects !== undefined) server.provide(EffectsServiceDefinition, effects, name)
    },
    subscriptions,
    ...works,
  }
}

/** Faults that the demo switches on reach the services that an order takes from. */
const takenFrom = new Set<string>([CouponServiceDefinition.fullName, InventoryServiceDefinition.fullName, UserServiceDefinition.fullName])

/** Orders and messages of one batch. Larger ones save little more, and hold others up for longer. */
const maxBatch = 256

/** On a database server a transaction costs both sides half a millisecond, however few orders are in it: 8 % less per order. */
const collectOnServerMs = 10

/** A service takes as many messages at once as suits it, and no more than the shop is run with. */
function limited({ host, ...rest }: Host): Host {
  return {
    ...rest,
    host: (context) => {
      const service = host(context)
      const { maxBatch: most } = context.configuration
      return { ...service, subscriptions: service.subscriptions.map((one) => ({ ...one, maxBatch: Math.min(one.maxBatch, most) })) }
    },
  }
}

function hostOrder({ configuration, rpc, ...context }: HostContext): Hosted {
  const { clock, random, log } = context
  const { databaseUrl, identity, unpaidTimeoutMs, sagaDeadlineMs, queueLimit, queueRatePerSecond } = configuration
  const isDemo = identity.kind === 'demo'
  // Several processes may share a database, and then each order meets the faults, whoever takes it on.
  const shared =
    isDemo && databaseUrl !== undefined ? shareDemoFaults({ ...context, onError: (error) => log.warn({ error }, 'demo faults cannot be read') }) : undefined
  const faults = shared ?? createDemoFaults(random)
  const fateOf = (service: string) => (takenFrom.has(service) ? faults.fateOfCall() : 'pass')
  const order = createOrderService({
    ...context,
    rpc: isDemo ? withFaults(rpc, { clock, giveUpAfterMs: 300, fateOf }) : rpc,
    faults,
    unpaidTimeoutMs,
    sagaDeadlineMs,
    queuedDeadlineMs: 10 * 60_000,
    callTimeoutMs: Math.min(2_000, sagaDeadlineMs),
    // The payment service asks a platform up to three times on the way: query, close, query.
    closeTimeoutMs: 8_000,
    collectMs: databaseUrl === undefined ? 0 : collectOnServerMs,
    closeAgain: { firstMs: 5_000, longestMs: 5 * 60_000 },
    sweepEveryMs: 500,
    maxUnderWay: 4_096,
    queue: { maxWaiting: queueLimit, ordersPerSecond: queueRatePerSecond },
    maxBatch: Math.min(maxBatch, configuration.maxBatch),
  })
  const { sweeper } = order
  return hosted('order', OrderServiceDefinition, order, {
    start: () => {
      sweeper.start()
      shared?.start()
    },
    stop: async () => {
      await sweeper.stop()
      await shared?.stop()
    },
  })
}

function hostPayment(context: HostContext): Hosted {
  const payment = createPaymentService({
    ...context,
    callTimeoutMs: 2_000,
    askEveryMs: 1_000,
    sweepEveryMs: 1_000,
    // WeChat Pay wants a minute at least (its documentation of `time_expire`), by its own clock.
    minimumPayMs: 65_000,
    pauses: usualPauses,
    maxBatch: Math.min(maxBatch, context.configuration.maxBatch),
    maxQueued: 20_000,
    collectMs: 20,
  })
  return { ...hosted('payment', PaymentServiceDefinition, payment, payment), counts: countsOf(payment.attention) }
}

/** docs/PAYMENTS.md says when to be woken. */
function countsOf({ quarantineOpen, refundsStuck, refundsOverdue }: Attention): Count[] {
  return [
    { name: 'suanpan_payment_quarantine_open', help: 'Entries of the quarantine that nobody has decided about', read: quarantineOpen },
    { name: 'suanpan_payment_refunds_stuck', help: 'Refunds that the platform does not do without a person', read: refundsStuck },
    { name: 'suanpan_payment_refunds_overdue', help: 'Refunds whose end is not known an hour after they were asked for', read: refundsOverdue },
  ]
}

const everyHost: { readonly [service: string]: Host } = {
  catalog: {
    schemas: [catalogSchema],
    host: (context) => ({
      provide: (server) => server.provide(CatalogServiceDefinition, createCatalogService(context).implementation),
      subscriptions: [],
      start: () => {},
      stop: async () => {},
    }),
  },
  coupon: { schemas: [couponSchema], host: (context) => hosted('coupon', CouponServiceDefinition, createCouponService(context)) },
  inventory: { schemas: [inventorySchema], host: (context) => hosted('inventory', InventoryServiceDefinition, createInventoryService(context)) },
  user: { schemas: [userSchema], host: (context) => hosted('user', UserServiceDefinition, createUserService(context)) },
  points: { schemas: [pointsSchema], host: (context) => hosted('points', PointsServiceDefinition, createPointsService(context)) },
  order: { schemas: [orderSchema], host: hostOrder },
  payment: { schemas: [paymentSchema], host: hostPayment },
  log: { schemas: [logSchema], host: (context) => hosted('log', LogServiceDefinition, createLogService(context)) },
}

/** Every service, by its name, which is also its store's: the picture of docs/ARCHITECTURE.md as a table. */
export const hosts: { readonly [service: string]: Host } = Object.fromEntries(Object.entries(everyHost).map(([name, host]) => [name, limited(host)]))

/** The topics that this service's commits publish to; most services publish nothing. */
export function topicsOf(service: string): string[] {
  return Object.values(topics)
    .filter(({ publisher }) => publisher === service)
    .map(({ name }) => name)
}

/** How patient every bus is with a message that could not be handled, and how long it remembers those that were. */
export const messagePatience = {
  /** Eight tries over about ten minutes: longer than a restart, shorter than an operator's patience. */
  retryDelaysMs: [200, 1_000, 5_000, 15_000, 60_000, 180_000, 300_000],
  retainMs: 7 * 24 * 60 * 60 * 1000,
} as const
