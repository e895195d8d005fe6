import { CancelReason as WireReason } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import { messageTo, type OutgoingMessage } from '@suanpan/runtime/bus'
import type { Parts, RefundRequest } from './refund-rules.ts'
import { confirmedState, type Cancellation, type Confirmation, type Opening, type PlatformPayment, type SurplusReason } from './rules.ts'
import type { CancelReason } from './states.ts'
import type { OrderRow, RefundRow } from './tables.ts'

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
  return messageTo(topics.orderAccepted, opening.orderId, 'accepted', { orderId: opening.orderId }, opening.at, opening.traceparent)
}

/** `order.paid` where nothing is left to pay, else `order.confirmed`. */
export function confirmedMessage(order: OrderRow, { discountFen, balanceFen, at }: Confirmation): OutgoingMessage {
  const { orderId, userId, traceparent } = order
  const payableFen = order.itemsFen - discountFen - balanceFen
  return confirmedState(payableFen) === 'paid'
    ? messageTo(topics.orderPaid, orderId, 'paid', { orderId, userId, paidFen: balanceFen, paymentId: '' }, at, traceparent)
    : messageTo(topics.orderConfirmed, orderId, 'confirmed', { orderId, userId, payableFen }, at, traceparent)
}

/**
 * The reason is part of the id: two cancellations of one order may meet in one batch, and the message that goes out
 * has to be that of the one that won.
 */
export function cancelledMessage({ orderId, reason, at }: Cancellation, traceparent: string): OutgoingMessage {
  return messageTo(topics.orderCancelled, orderId, `cancelled:${reason}`, { orderId, reason: wireReasons[reason] }, at, traceparent)
}

/** An order that was paid over a platform, with what it took of the balance before. */
export function paidMessage({ orderId, userId, balanceFen }: OrderRow, { paymentId, amountFen, at }: PlatformPayment, traceparent: string): OutgoingMessage {
  return messageTo(topics.orderPaid, orderId, 'paid', { orderId, userId, paidFen: balanceFen + amountFen, paymentId }, at, traceparent)
}

/** Money that the order has no use for. As with cancellations, what makes the message different is part of its id. */
export function surplusMessage({ orderId, paymentId, amountFen, at }: PlatformPayment, reason: SurplusReason, traceparent: string): OutgoingMessage {
  return messageTo(topics.orderPaymentSurplus, orderId, `surplus:${reason}:${paymentId}`, { orderId, paymentId, amountFen, reason }, at, traceparent)
}

/** Asks for the platform's part of a refund. */
export function refundRequestedMessage(
  { paymentId }: OrderRow,
  { refundId, orderId, reason, at }: RefundRequest,
  { platformFen }: Parts,
  traceparent: string,
): OutgoingMessage {
  const body = { refundId, orderId, paymentId: paymentId ?? '', platformFen, reason }
  return messageTo(topics.orderRefundRequested, orderId, `refund_requested:${refundId}`, body, at, traceparent)
}

/** A refund as far as its messages say it. */
export type SaidRefund = Pick<RefundRow, 'refundId' | 'orderId' | 'amountFen' | 'balanceFen'>

export interface Refunded {
  readonly userId: string
  /** Nothing is left of what was paid. */
  readonly isFull: boolean
  readonly at: number
  readonly traceparent: string
}

/** The platform's part of a refund is back, or there was none. Whether it was the order's last is part of the id, again. */
export function refundedMessage({ refundId, orderId, amountFen, balanceFen }: SaidRefund, { userId, isFull, at, traceparent }: Refunded): OutgoingMessage {
  const fact = `${isFull ? 'refunded_fully' : 'refunded'}:${refundId}`
  return messageTo(topics.orderRefunded, orderId, fact, { refundId, orderId, userId, amountFen, balanceFen, isFull }, at, traceparent)
}
