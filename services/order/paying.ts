import type { PaymentPaid } from '@suanpan/contracts/payment'
import { topics } from '@suanpan/contracts/topics'
import { askEach, subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import type { Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { OrderBook } from './order-book.ts'
import type { PayDecision } from './rules.ts'
import { orders, type OrderRow } from './tables.ts'

export interface PayingOptions {
  readonly store: Store
  readonly book: OrderBook
  readonly clock: Clock
  readonly marks: Marks
  readonly maxBatch: number
}

/** What platforms were paid: an order that awaits it becomes paid; money that no order has a use for is said to be surplus. */
export function payingSubscription({ store, book, clock, marks, maxBatch }: PayingOptions): Subscription {
  async function pay({ body, traceparent }: ReadMessage<PaymentPaid>, orderOf: ReadonlyMap<string, OrderRow>): Promise<Verdict> {
    const { orderId, paymentId, amountFen } = body
    const order = orderOf.get(orderId)
    // An order is confirmed before it can be paid: what is not confirmed here will be, or somebody has lost an order.
    if (order === undefined || order.state === 'pending') return { kind: 'retry', because: `order ${orderId} is not there to be paid` }
    const moved = await book.pay(order, { orderId, paymentId, amountFen, at: clock.now() }, traceparent)
    marks.mark(`order.pay.${moved.kind}`)
    return verdictOn(moved, `payment ${paymentId} of ${amountFen} fen, order ${orderId}`)
  }

  return subscriptionTo(topics.paymentPaid, {
    group: 'order.pay',
    maxBatch,
    handle: async (messages) => {
      const orderOf = await store.read.get(
        orders,
        messages.map(({ body }) => body.orderId),
      )
      return askEach(messages, (message) => pay(message, orderOf))
    },
  })
}

function verdictOn(moved: PayDecision, what: string): Verdict {
  switch (moved.kind) {
    case 'moved':
    case 'already':
    case 'surplus':
      return { kind: 'done' }
    case 'elsewhere':
    case 'not_found':
      return { kind: 'retry', because: `${what}: the order is not there to be paid` }
    case 'amount_differs':
      return { kind: 'poison', because: `${what}: the order costs ${moved.order.payableFen} fen` }
  }
}
