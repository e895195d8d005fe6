import {
  OrderAccepted,
  OrderCancelled,
  OrderConfirmed,
  OrderPaid,
  OrderPaymentSurplus,
  OrderRefunded,
  OrderRefundRequested,
} from './generated/suanpan/order/v1/order.ts'
import { PaymentNoted, PaymentPaid, PaymentRefundSettled } from './generated/suanpan/payment/v1/payment.ts'

/** A message topic: its name, the service whose commits publish it, and how its body is encoded. */
export interface Topic<Body> {
  readonly name: string
  readonly publisher: string
  readonly body: { encode(body: Body): { finish(): Uint8Array }; decode(bytes: Uint8Array): Body }
}

/** Everything that is said between services by message. Key of each message: the order id. */
export const topics = {
  orderAccepted: { name: 'order.accepted', publisher: 'order', body: OrderAccepted } satisfies Topic<OrderAccepted>,
  orderConfirmed: { name: 'order.confirmed', publisher: 'order', body: OrderConfirmed } satisfies Topic<OrderConfirmed>,
  orderCancelled: { name: 'order.cancelled', publisher: 'order', body: OrderCancelled } satisfies Topic<OrderCancelled>,
  orderPaid: { name: 'order.paid', publisher: 'order', body: OrderPaid } satisfies Topic<OrderPaid>,
  orderPaymentSurplus: { name: 'order.payment_surplus', publisher: 'order', body: OrderPaymentSurplus } satisfies Topic<OrderPaymentSurplus>,
  orderRefundRequested: { name: 'order.refund_requested', publisher: 'order', body: OrderRefundRequested } satisfies Topic<OrderRefundRequested>,
  orderRefunded: { name: 'order.refunded', publisher: 'order', body: OrderRefunded } satisfies Topic<OrderRefunded>,
  paymentPaid: { name: 'payment.paid', publisher: 'payment', body: PaymentPaid } satisfies Topic<PaymentPaid>,
  paymentRefundSettled: { name: 'payment.refund_settled', publisher: 'payment', body: PaymentRefundSettled } satisfies Topic<PaymentRefundSettled>,
  paymentNoted: { name: 'payment.noted', publisher: 'payment', body: PaymentNoted } satisfies Topic<PaymentNoted>,
} as const

const again = '~again~'

/** The id of a message that is told once more on this occasion: consumers that look at their own books find nothing new in it. */
export const toldAgain = (messageId: string, occasion: string): string => `${messageId}${again}${occasion}`

/** The id under which a message was told first. */
export const firstTold = (messageId: string): string => messageId.split(again, 1)[0] ?? messageId
