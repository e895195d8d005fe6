import { OrderAccepted, OrderCancelled, OrderConfirmed, OrderPaid } from './generated/suanpan/order/v1/order.ts'

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
} as const
