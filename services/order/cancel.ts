import { CancelOutcome, type CancelOrderRequest, type CancelOrderResponse } from '@suanpan/contracts/order'
import { CloseReason } from '@suanpan/contracts/payment'
import type { Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { toWire } from './answers.ts'
import type { CloseOrder } from './closing.ts'
import type { OrderBook } from './order-book.ts'
import { readOrder } from './reads.ts'
import type { MoveDecision } from './rules.ts'
import type { OpenState } from './states.ts'
import type { OrderRow } from './tables.ts'

export interface CancelOptions {
  readonly store: Store
  readonly book: OrderBook
  readonly close: CloseOrder
  readonly clock: Clock
}

export type Cancel = (request: CancelOrderRequest, traceparent: string) => Promise<CancelOrderResponse>

/**
 * A customer cancels an order. A pending one has no payments; for one that awaits payment, the payment service is asked
 * first, and the order is cancelled only if nothing was paid and nothing can be paid any more.
 */
export function createCancel({ store, book, close, clock }: CancelOptions): Cancel {
  return async ({ orderId, userId }, traceparent) => {
    const found = await readOrder(store, orderId, userId)
    if (found === undefined) return { outcome: CancelOutcome.NOT_FOUND, order: undefined }
    if (found.state !== 'pending') return cancelConfirmed(found, traceparent)
    const moved = await cancelFrom('pending', found, traceparent)
    // Confirmed just now: then it may have payments, too.
    return moved.kind === 'elsewhere' ? cancelConfirmed(moved.order, traceparent) : answerOf(moved)
  }

  async function cancelConfirmed(order: OrderRow, traceparent: string): Promise<CancelOrderResponse> {
    if (order.state !== 'awaiting_payment') return answerOf({ kind: order.state === 'cancelled' ? 'already' : 'elsewhere', order })
    const closed = await close(order.orderId, CloseReason.CUSTOMER)
    switch (closed) {
      case 'closed':
        return answerOf(await cancelFrom('awaiting_payment', order, traceparent))
      case 'paid':
        return { outcome: CancelOutcome.NOT_CANCELLABLE, order: toWire(order) }
      case 'unknown':
        return { outcome: CancelOutcome.UNAVAILABLE, order: toWire(order) }
    }
  }

  function cancelFrom(from: OpenState, { orderId }: OrderRow, traceparent: string): Promise<MoveDecision> {
    return book.cancel({ orderId, reason: 'customer', from, at: clock.now(), steps: [] }, traceparent)
  }
}

function answerOf(moved: MoveDecision): CancelOrderResponse {
  switch (moved.kind) {
    case 'moved':
    case 'already':
      return { outcome: CancelOutcome.CANCELLED, order: toWire(moved.order) }
    case 'elsewhere':
      return { outcome: CancelOutcome.NOT_CANCELLABLE, order: toWire(moved.order) }
    case 'not_found':
      return { outcome: CancelOutcome.NOT_FOUND, order: undefined }
  }
}
