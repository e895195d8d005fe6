import type { AuditServiceDefinition } from '@suanpan/contracts/audit'
import type { OrderServiceDefinition } from '@suanpan/contracts/order'
import type { Bus, Subscription } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import type { Implementation, Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { createBooks, listFacts } from './books.ts'
import { createCancel } from './cancel.ts'
import { createClosing } from './closing.ts'
import type { DemoFaults } from './faults.ts'
import { createOrderBook } from './order-book.ts'
import { payingSubscription } from './paying.ts'
import { createPlace } from './place.ts'
import { createQueue, queueSubscription, type QueueLimits } from './queue.ts'
import { getOrder, listOrders } from './reads.ts'
import { createRefundBook } from './refund-book.ts'
import { createRefundOrder, listRefunds, refundingSubscription } from './refunding.ts'
import type { CloseAgain } from './rules.ts'
import { createSaga } from './saga.ts'
import { createSweeper, type Sweeper } from './sweeper.ts'
import { createTakings } from './takings.ts'

/** The numbered SQL files of this service. */
export const orderSchema = new URL('./schema/', import.meta.url)

export interface OrderServiceOptions {
  readonly store: Store
  readonly bus: Bus
  /** Reaches the catalog, coupon, inventory, user and payment services. */
  readonly rpc: Rpc
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  readonly faults: DemoFaults
  /** How long a confirmed order may wait for its payment. */
  readonly unpaidTimeoutMs: number
  /** How long an order may stay pending before it is cancelled as `timed_out`. */
  readonly sagaDeadlineMs: number
  /** The same for an order that waits in the queue first. */
  readonly queuedDeadlineMs: number
  /** How long one call to another service may take. */
  readonly callTimeoutMs: number
  /** How long the payment service may take to have orders closed, with the platforms behind it. */
  readonly closeTimeoutMs: number
  readonly closeAgain: CloseAgain
  /** How long orders collect before they go on together; 0 where transactions cost little. A lone order does not wait. */
  readonly collectMs: number
  readonly sweepEveryMs: number
  /** Synchronous orders under way at once. */
  readonly maxUnderWay: number
  readonly queue: QueueLimits
  /** Orders in one transaction or call. */
  readonly maxBatch: number
}

export interface OrderService {
  readonly implementation: Implementation<typeof OrderServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly subscriptions: readonly Subscription[]
  readonly sweeper: Sweeper
}

export function createOrderService(options: OrderServiceOptions): OrderService {
  const { store, bus, rpc, clock, random, ids, log, marks, faults, maxBatch } = options
  // Each order under way waits in at most one batch at a time; the queue's workers come on top.
  const maxQueued = 2 * options.maxUnderWay
  const book = createOrderBook({ store, bus, clock, maxBatch, maxQueued })
  const takings = createTakings({ rpc, clock, callTimeoutMs: options.callTimeoutMs, collectMs: options.collectMs, maxBatch, maxQueued })
  const saga = createSaga({ book, takings, clock, random, unpaidTimeoutMs: options.unpaidTimeoutMs, faults })
  const queue = createQueue(bus, clock, options.queue)
  const { sagaDeadlineMs, queuedDeadlineMs, maxUnderWay } = options
  const place = createPlace({ store, book, takings, saga, queue, clock, ids, log, sagaDeadlineMs, queuedDeadlineMs, maxUnderWay })
  const close = createClosing({ rpc, clock, closeTimeoutMs: options.closeTimeoutMs, maxBatch, maxQueued })
  const refunding = { store, book: createRefundBook({ store, bus, clock, maxBatch, maxQueued }), clock, marks, maxBatch }
  const refundOrder = createRefundOrder(refunding)
  const cancel = createCancel({ store, book, close, clock })
  return {
    implementation: {
      place: async ({ commands }) => ({ answers: await Promise.all(commands.map(place)) }),
      getOrder: ({ orderId, userId, withEvents }) => getOrder(store, orderId, userId, withEvents),
      listOrders: (request) => listOrders(store, request),
      listFacts: (request) => listFacts(store, request),
      cancelOrder: (request, { traceparent = '' }) => cancel(request, traceparent),
      refundOrder,
      listRefunds: ({ orderId }) => listRefunds(store, orderId),
      setFaults: async ({ faults: wanted }) => {
        if (wanted !== undefined) await faults.set(wanted)
        return { faults: { ...faults.current } }
      },
    },
    audit: createBooks(store, clock),
    subscriptions: [
      queueSubscription(store, clock, saga, options.queue),
      payingSubscription({ store, book, clock, marks, maxBatch }),
      refundingSubscription(refunding),
    ],
    sweeper: createSweeper({ store, book, close, clock, log, everyMs: options.sweepEveryMs, closeAgain: options.closeAgain }),
  }
}
