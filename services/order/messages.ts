import { CancelReason as WireReason } from '@suanpan/contracts/order'
import { topics, type Topic } from '@suanpan/contracts/topics'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { confirmedState, type Cancellation, type Confirmation, type Opening } from './rules.ts'
import type { CancelReason } from './states.ts'
import type { OrderRow } from './tables.ts'

export const wireReasons: { readonly [Reason in CancelReason]: WireReason } = {
  out_of_stock: WireReason.OUT_OF_STOCK,
  coupon_not_usable: WireReason.COUPON_NOT_USABLE,
  insufficient_balance: WireReason.INSUFFICIENT_BALANCE,
  confirm_failed: WireReason.CONFIRM_FAILED,
  timed_out: WireReason.TIMED_OUT,
  unpaid: WireReason.UNPAID,
  customer: WireReason.CUSTOMER,
}

/** Says that an order waits in the queue. */
export function acceptedMessage(opening: Opening): OutgoingMessage {
  return message(topics.orderAccepted, 'accepted', opening.orderId, { orderId: opening.orderId }, opening.at, opening.traceparent)
}

/** `order.paid` where nothing is left to pay, else `order.confirmed`. */
export function confirmedMessage(order: OrderRow, { discountFen, balanceFen, at }: Confirmation): OutgoingMessage {
  const { orderId, userId, traceparent } = order
  const payableFen = order.itemsFen - discountFen - balanceFen
  return confirmedState(payableFen) === 'paid'
    ? message(topics.orderPaid, 'paid', orderId, { orderId, userId, paidFen: balanceFen }, at, traceparent)
    : message(topics.orderConfirmed, 'confirmed', orderId, { orderId, userId, payableFen }, at, traceparent)
}

/**
 * The reason is part of the id: two cancellations of one order may meet in one batch, and the message that goes out
 * has to be that of the one that won.
 */
export function cancelledMessage({ orderId, reason, at }: Cancellation, traceparent: string): OutgoingMessage {
  return message(topics.orderCancelled, `cancelled:${reason}`, orderId, { orderId, reason: wireReasons[reason] }, at, traceparent)
}

function message<Body>(topic: Topic<Body>, fact: string, orderId: string, body: Body, at: number, traceparent: string): OutgoingMessage {
  return { id: `${orderId}:${fact}`, topic: topic.name, key: orderId, body: topic.body.encode(body).finish(), at, traceparent }
}
