import { OrderState, type Order } from '@suanpan/contracts/order'

/** An order as the order service tells it, paid unless said otherwise. */
export function sampleOrder(facts: Partial<Order> = {}): Order {
  return {
    orderId: 'ord_1',
    userId: 'user-1',
    state: OrderState.PAID,
    items: [{ sku: 'tea', title: '茶 · Tea', quantity: 2, unitPriceFen: 500 }],
    itemsFen: 1_000,
    discountFen: 300,
    balanceFen: 700,
    payableFen: 0,
    createdAt: 1_000,
    expiresAt: 0,
    cancelReason: undefined,
    couponId: undefined,
    ...facts,
  }
}
