import type { Notification, RefundState } from '@suanpan/contracts/payment'
import type { Delivery, Refund, Trade } from '@suanpan/sandbox/machine'

const refundStates: { readonly [State in Refund['state']]: RefundState } = {
  processing: 'REFUND_STATE_PROCESSING',
  success: 'REFUND_STATE_DONE',
  abnormal: 'REFUND_STATE_ABNORMAL',
  closed: 'REFUND_STATE_CLOSED',
}

/** What a channel's reader makes of a delivery, once its signature was verified. Undefined: nothing that this shop is told. */
export function notificationOf({ notification, notificationId }: Delivery): Notification | undefined {
  const { channel: name, event, trade, refund } = notification
  const channel = name === 'alipay' ? 'CHANNEL_ALIPAY' : 'CHANNEL_WECHAT'
  const about = { channel, notificationId, paymentId: trade.terms.outTradeNo, trade: undefined, refund: undefined } as const
  switch (event) {
    case 'paid':
      return { ...about, trade: { state: 'TRADE_STATE_PAID', tradeNo: trade.tradeNo, amountFen: trade.terms.amountFen, currency: 'CNY', paidAt: trade.paidAt } }
    case 'closed':
      return { ...about, trade: { state: 'TRADE_STATE_CLOSED', tradeNo: '', amountFen: 0, currency: '', paidAt: 0 } }
    case 'partly_refunded':
    case 'fully_refunded':
      // Alipay only tells that something went back; what, is for a query to tell.
      return { ...about, refund: { refundId: refund?.outRefundNo ?? '', state: 'REFUND_STATE_PROCESSING', amountFen: 0 } }
    case 'refund_settled':
      return {
        ...about,
        refund: { refundId: refund?.outRefundNo ?? '', state: refundStates[refund?.state ?? 'processing'], amountFen: refund?.amountFen ?? 0 },
      }
    case 'finished':
      return undefined
  }
}

/** Signed by the platform, and not to be believed: one fen for whatever the trade costs. */
export function mispriced({ channel, terms, tradeNo }: Trade, paidAt: number): Notification {
  return {
    channel: channel === 'alipay' ? 'CHANNEL_ALIPAY' : 'CHANNEL_WECHAT',
    notificationId: `mispriced-${terms.outTradeNo}-${paidAt}`,
    paymentId: terms.outTradeNo,
    trade: { state: 'TRADE_STATE_PAID', tradeNo, amountFen: 1, currency: 'CNY', paidAt },
    refund: undefined,
  }
}
