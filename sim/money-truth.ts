import type { OrderFacts } from '@suanpan/contracts/order'
import type { Trade } from '@suanpan/sandbox/machine'

/** What a platform says of a trade. */
export type TradeMoney = Pick<Trade, 'state' | 'refundedFen' | 'paidAt'> & { readonly terms: Pick<Trade['terms'], 'outTradeNo' | 'amountFen'> }

/** What an order says of its money. */
export type OrderMoney = Pick<OrderFacts, 'state' | 'payableFen' | 'platformRefundedFen'>

/** A trade at a platform, and the order that it was begun for; undefined: the shop does not know it. */
export interface TradeOfOrder {
  readonly trade: TradeMoney
  readonly orderId: string | undefined
}

/**
 * The platforms' own truth, held against the orders: what was paid there has paid its order, or is back with the
 * customer. Never both, never neither. And `unpaid` means unpaid: whoever paid in time has their order, although nobody
 * may have told us.
 */
export function moneyFaults(
  trades: readonly TradeOfOrder[],
  orders: ReadonlyMap<string, OrderMoney>,
  /** Cancelled because nobody paid in time. */
  unpaidOrders: ReadonlySet<string>,
): string[] {
  const leftFenOf = new Map<string, number>()
  const faults: string[] = []
  for (const { trade, orderId } of trades) {
    const leftFen = trade.state === 'paid' || trade.state === 'finished' ? trade.terms.amountFen - trade.refundedFen : 0
    if (orderId === undefined || !orders.has(orderId)) {
      if (leftFen > 0) faults.push(`trade ${trade.terms.outTradeNo} was paid, and the shop knows no order for it`)
      continue
    }
    leftFenOf.set(orderId, (leftFenOf.get(orderId) ?? 0) + leftFen)
    if (trade.paidAt > 0 && unpaidOrders.has(orderId))
      faults.push(`order ${orderId} was cancelled as unpaid, and trade ${trade.terms.outTradeNo} of it was paid`)
  }
  for (const [orderId, order] of orders) {
    const leftFen = leftFenOf.get(orderId) ?? 0
    const dueFen = isPaid(order) ? order.payableFen - order.platformRefundedFen : 0
    if (leftFen !== dueFen) faults.push(`order ${orderId} (${order.state}): the platforms hold ${leftFen} fen for it, its books say ${dueFen}`)
  }
  return faults
}

function isPaid({ state }: OrderMoney): boolean {
  return state === 'ORDER_STATE_PAID' || state === 'ORDER_STATE_PARTIALLY_REFUNDED' || state === 'ORDER_STATE_REFUNDED'
}
