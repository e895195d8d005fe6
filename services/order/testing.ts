import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { ClaimOutcome, CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition, ReserveOutcome } from '@suanpan/contracts/inventory'
import type { PlaceAnswer, PlaceCommand, RefundOrderRequest } from '@suanpan/contracts/order'
import { PaymentServiceDefinition, type CloseOutcome, type OrderClosing, type PaymentRefundSettled } from '@suanpan/contracts/payment'
import { topics } from '@suanpan/contracts/topics'
import { DebitOutcome, UserServiceDefinition } from '@suanpan/contracts/user'
import { createStoreBus, type DeliveredMessage, type Subscription } from '@suanpan/runtime/bus'
import { delivered } from '@suanpan/runtime/bus/testing'
import { createIds } from '@suanpan/runtime/ids'
import { inProcessRpc, type Implementation, type Rpc, type ServiceDefinition } from '@suanpan/runtime/rpc'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks, silentLog, type Marks } from '@suanpan/runtime/telemetry'
import { manualClock, type Clock } from '@suanpan/runtime/time'
import { createDemoFaults } from './faults.ts'
import { createOrderService, type OrderService } from './service.ts'

/** What the payment service answers when an order is to be closed; undefined: nothing, it is away. */
export type Closing = (closing: OrderClosing) => CloseOutcome | undefined | Promise<CloseOutcome>

/** An order of tea for so much, of which so much comes from the balance. */
export interface Placing {
  readonly key: string
  readonly priceFen: number
  readonly balanceFen?: number
}

/**
 * The real order service, book and bus on a store. Around it stand services that have whatever an order wants, and a
 * payment service that answers as it is told.
 */
export function ordersOn(store: Store) {
  const clock = manualClock(1_000_000)
  const marks = countedMarks()
  const rpc = inProcessRpc({ clock, maxCalls: 10_000, onError: () => {} })
  const script: { closing: Closing; prices: Map<string, number> } = { closing: () => 'CLOSE_OUTCOME_CLOSED', prices: new Map() }
  const asked: OrderClosing[] = []
  provideSurroundings(rpc, script.prices)
  provideClosing(rpc, (order) => {
    asked.push(order)
    return script.closing(order)
  })

  const service = serviceOn({ store, clock, rpc, marks })
  const { implementation } = service

  async function answer(placing: Placing): Promise<PlaceAnswer | undefined> {
    script.prices.set(placing.key, placing.priceFen)
    return (await implementation.place({ commands: [commandOf(placing)] }, directCall)).answers[0]
  }

  async function handle(group: string, messages: readonly DeliveredMessage[]): Promise<string[]> {
    const subscription = service.subscriptions.find((known): known is Subscription => known.group === group)
    return ((await subscription?.handle(messages)) ?? []).map(({ kind }) => kind)
  }

  return {
    clock,
    marks: marks.counts,
    /** Every order that the payment service was asked to close. */
    asked,
    sweeper: service.sweeper,
    answerClosing: (closing: Closing) => {
      script.closing = closing
    },
    /** Places an order of user-1, or asks again what became of it. */
    answer,
    /** The same, and its id only. */
    place: async (placing: Placing): Promise<string> => (await answer(placing))?.order?.orderId ?? '',
    /** Word of the payment service that a platform was paid. */
    paid: (...payments: readonly (readonly [orderId: string, paymentId: string, amountFen: number])[]) =>
      handle(
        'order.pay',
        payments.map(([orderId, paymentId, amountFen]) =>
          delivered(topics.paymentPaid, paymentId, { paymentId, orderId, channel: 'CHANNEL_ALIPAY', amountFen, paidAt: 0 }),
        ),
      ),
    /** Word of the payment service about refunds. */
    settled: (...settlements: readonly (Pick<PaymentRefundSettled, 'refundId' | 'amountFen'> & Partial<PaymentRefundSettled>)[]) =>
      handle(
        'order.refund',
        settlements.map((settlement) =>
          delivered(topics.paymentRefundSettled, settlement.refundId, {
            paymentId: 'pay_1',
            orderId: '',
            done: true,
            surplus: false,
            detail: '',
            ...settlement,
          }),
        ),
      ),
    cancel: async (orderId: string, userId = 'user-1') =>
      (await implementation.cancelOrder({ orderId, userId }, directCall)).outcome.replace('CANCEL_OUTCOME_', ''),
    refund: (orderId: string, idempotencyKey: string, amountFen?: number, change: Partial<RefundOrderRequest> = {}) => {
      const requestDigest = String(amountFen)
      return implementation.refundOrder(
        { orderId, idempotencyKey, requestDigest, amountFen, reason: 'broken', operator: 'admin-1', traceparent: '', ...change },
        directCall,
      )
    },
    listRefunds: async (orderId: string) => (await implementation.listRefunds({ orderId }, directCall)).refunds,
    get: (orderId: string) => implementation.getOrder({ orderId, userId: '', withEvents: true }, directCall),
    stateOf: async (orderId: string) =>
      (await implementation.getOrder({ orderId, userId: '', withEvents: false }, directCall)).order?.state.replace('ORDER_STATE_', '') ?? 'none',
    facts: async (...orderIds: string[]) => (await implementation.listFacts({ orderIds, afterOrderId: '', limit: 0 }, directCall)).facts,
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ detail }) => detail),
    published: publishedOn(store),
    body: bodyOn(store),
  }
}

interface Around {
  readonly store: Store
  readonly clock: Clock
  readonly rpc: Rpc
  readonly marks: Marks
}

function serviceOn({ store, clock, rpc, marks }: Around): OrderService {
  const random = () => 0.5
  return createOrderService({
    store,
    bus: createStoreBus({ stores: [store], clock, marks, owner: 'test', leaseMs: 1, pollEveryMs: 1, retryDelaysMs: [], retainMs: 1, onError: () => {} }),
    rpc,
    clock,
    random,
    ids: createIds({ clock, random: Math.random }),
    log: silentLog,
    marks,
    faults: createDemoFaults(random),
    unpaidTimeoutMs: 60_000,
    sagaDeadlineMs: 10_000,
    queuedDeadlineMs: 60_000,
    callTimeoutMs: 1_000,
    closeTimeoutMs: 1_000,
    collectMs: 0,
    closeAgain: { firstMs: 5_000, longestMs: 60_000 },
    sweepEveryMs: 500,
    maxUnderWay: 1_000,
    queue: { maxWaiting: 100, ordersPerSecond: 100 },
    maxBatch: 64,
  })
}

/** Ids of the messages about an order, without its own. */
function publishedOn(store: Store) {
  return async (orderId: string): Promise<string[]> => {
    const rows = await store.read.query('SELECT message_id FROM bus_message WHERE key = $1 ORDER BY sequence', [orderId])
    return rows.map((row) => String(row['message_id']).slice(orderId.length + 1))
  }
}

function bodyOn(store: Store) {
  return async (messageId: string): Promise<Uint8Array> =>
    (await store.read.query('SELECT body FROM bus_message WHERE message_id = $1', [messageId]))[0]?.['body'] as Uint8Array
}

function commandOf({ key, balanceFen = 0 }: Placing): PlaceCommand {
  return {
    userId: 'user-1',
    idempotencyKey: key,
    requestDigest: key,
    lines: [{ sku: key, quantity: 1 }],
    couponId: undefined,
    useBalanceFen: balanceFen,
    useAllBalance: false,
    respondAsync: false,
    respondWithinMs: 1_000,
    traceparent: '',
  }
}

function provideSurroundings(rpc: Rpc, prices: ReadonlyMap<string, number>): void {
  provideSome(rpc, CatalogServiceDefinition, {
    quote: ({ skus }) => Promise.resolve({ quotes: skus.map((sku) => ({ sku, product: { sku, title: 'Tea', priceFen: prices.get(sku) ?? 0 } })) }),
  })
  provideSome(rpc, CouponServiceDefinition, {
    claim: ({ claims }) => Promise.resolve({ results: claims.map(({ orderId }) => ({ orderId, outcome: ClaimOutcome.CLAIMED, discountFen: 0 })) }),
  })
  provideSome(rpc, InventoryServiceDefinition, {
    reserve: ({ reservations }) => Promise.resolve({ results: reservations.map(({ orderId }) => ({ orderId, outcome: ReserveOutcome.RESERVED })) }),
  })
  provideSome(rpc, UserServiceDefinition, {
    debit: ({ debits }) =>
      Promise.resolve({ results: debits.map(({ orderId, exactlyFen = 0 }) => ({ orderId, outcome: DebitOutcome.DEBITED, debitedFen: exactlyFen })) }),
  })
}

function provideClosing(rpc: Rpc, close: Closing): void {
  provideSome(rpc, PaymentServiceDefinition, {
    closeOrders: async ({ orders }) => {
      const closed = orders.map(async (order) => {
        const outcome = await close(order)
        if (outcome === undefined) throw new Error('the payment service is away')
        return { orderId: order.orderId, outcome }
      })
      return { orders: await Promise.all(closed) }
    },
  })
}

/** A service of which only this is asked. */
function provideSome<Service extends ServiceDefinition>(rpc: Rpc, service: Service, some: Partial<Implementation<Service>>): void {
  const notAsked = () => Promise.reject(new Error('no test asks that'))
  const missing = Object.fromEntries(Object.keys(service.methods).map((method) => [method, notAsked]))
  const all: Implementation<Service> = { ...missing, ...some }
  rpc.provide(service, all)
}
