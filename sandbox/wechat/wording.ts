import { chinaTimeIso, type Refund, type Trade } from '../machine/index.ts'

const tradeTypes = { native: 'NATIVE', jsapi: 'JSAPI', h5: 'MWEB', app: 'APP' } as const

export function tradeType({ product }: Trade): string {
  return tradeTypes[product as keyof typeof tradeTypes]
}

/** One that was paid and then refunded, be it in part, is `REFUND`; one that can no longer be paid stays `NOTPAY` until closed. */
function tradeState({ state, refundCount }: Trade): { readonly trade_state: string; readonly trade_state_desc: string } {
  switch (state) {
    case 'waiting':
      return { trade_state: 'NOTPAY', trade_state_desc: '订单未支付' }
    case 'closed':
      return { trade_state: 'CLOSED', trade_state_desc: '订单已关闭' }
    case 'paid':
    case 'finished':
      return refundCount > 0
        ? { trade_state: 'REFUND', trade_state_desc: '订单发生过退款，退款详情请查询退款单' }
        : { trade_state: 'SUCCESS', trade_state_desc: '支付成功' }
  }
}

/** What a query and the notification of a payment say. */
export function transaction(trade: Trade, mchid: string): Record<string, unknown> {
  const { terms, tradeNo, buyerId, paidAt } = trade
  const total = terms.amountFen
  return {
    appid: terms.appId,
    mchid,
    out_trade_no: terms.outTradeNo,
    ...(paidAt === 0 ? {} : { transaction_id: tradeNo, trade_type: tradeType(trade) }),
    ...tradeState(trade),
    ...(paidAt === 0 ? {} : { bank_type: 'OTHERS', success_time: chinaTimeIso(paidAt), payer: { openid: buyerId } }),
    attach: terms.attach,
    amount: { total, ...(paidAt === 0 ? {} : { payer_total: total, payer_currency: 'CNY' }), currency: 'CNY' },
  }
}

const refundStatus: { readonly [State in Refund['state']]: string } = { processing: 'PROCESSING', success: 'SUCCESS', abnormal: 'ABNORMAL', closed: 'CLOSED' }

const receivedBy = '支付用户零钱'

/** What asking for a refund and querying one answer. */
export function refundObject({ tradeNo, terms }: Trade, refund: Refund): Record<string, unknown> {
  const { amountFen, refundNo, outRefundNo, state, requestedAt, settlesAt } = refund
  const total = terms.amountFen
  return {
    refund_id: refundNo,
    out_refund_no: outRefundNo,
    transaction_id: tradeNo,
    out_trade_no: terms.outTradeNo,
    channel: 'ORIGINAL',
    user_received_account: receivedBy,
    ...(state === 'success' ? { success_time: chinaTimeIso(settlesAt) } : {}),
    create_time: chinaTimeIso(requestedAt),
    status: refundStatus[state],
    funds_account: 'AVAILABLE',
    amount: {
      total,
      refund: amountFen,
      payer_total: total,
      payer_refund: amountFen,
      settlement_total: total,
      settlement_refund: amountFen,
      discount_refund: 0,
      currency: 'CNY',
    },
  }
}

/** What the notification of a refund says: other words than the reply, and no app id. */
export function refundNotice({ tradeNo, terms }: Trade, refund: Refund, mchid: string): Record<string, unknown> {
  const { amountFen, refundNo, outRefundNo, state, settlesAt } = refund
  const total = terms.amountFen
  return {
    mchid,
    out_trade_no: terms.outTradeNo,
    transaction_id: tradeNo,
    out_refund_no: outRefundNo,
    refund_id: refundNo,
    refund_status: refundStatus[state],
    ...(state === 'success' ? { success_time: chinaTimeIso(settlesAt) } : {}),
    user_received_account: receivedBy,
    amount: { total, refund: amountFen, payer_total: total, payer_refund: amountFen },
  }
}
