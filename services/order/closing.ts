import { CloseOutcome, PaymentServiceDefinition, type ClosedOrder, type CloseReason, type OrderClosing } from '@suanpan/contracts/payment'
import { batchedCall, type Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'

/**
 * `closed`: nobody can pay the order any more, and nobody has. `paid`: word of the payment is on its way.
 * `unknown`: it may be payable, or paid, or the payment service does not answer: nothing may be concluded.
 */
export type Closed = 'closed' | 'paid' | 'unknown'

/** Has the payments of an order that awaits payment closed, and bars new ones. Never rejects. */
export type CloseOrder = (orderId: string, reason: CloseReason) => Promise<Closed>

export interface ClosingOptions {
  readonly rpc: Rpc
  readonly clock: Clock
  /** Platforms are asked on the way. */
  readonly closeTimeoutMs: number
  readonly maxBatch: number
  readonly maxQueued: number
}

export function createClosing({ rpc, clock, closeTimeoutMs, maxBatch, maxQueued }: ClosingOptions): CloseOrder {
  const payment = rpc.client(PaymentServiceDefinition)
  const close = batchedCall<OrderClosing, { readonly orders: readonly ClosedOrder[] }, ClosedOrder>({
    name: 'payment.close',
    clock,
    timeoutMs: closeTimeoutMs,
    maxItems: maxBatch,
    // One platform that hangs holds up its own orders, there; here it must not hold up those of others, or with no payment at all.
    overlapping: true,
    maxQueued,
    call: (closings, options) => payment.closeOrders({ orders: [...closings] }, options),
    results: (response) => response.orders,
  })
  return async (orderId, reason) => {
    const reply = await close({ orderId, reason })
    return reply.kind === 'answered' ? closedOf(reply.response.outcome) : 'unknown'
  }
}

function closedOf(outcome: CloseOutcome): Closed {
  switch (outcome) {
    case CloseOutcome.CLOSED:
      return 'closed'
    case CloseOutcome.PAID:
      return 'paid'
    case CloseOutcome.OPEN:
    case CloseOutcome.UNSPECIFIED:
      return 'unknown'
  }
}
