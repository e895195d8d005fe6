import { chinaTime, type Refund, type Trade } from '../machine/index.ts'
import { yuanText } from '../money.ts'

/** How Alipay calls the state of a trade. One that was refunded in whole counts as closed. */
export function tradeStatus({ state, refundedFen, terms }: Trade): 'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_FINISHED' | 'TRADE_CLOSED' {
  switch (state) {
    case 'waiting':
      return 'WAIT_BUYER_PAY'
    case 'closed':
      return 'TRADE_CLOSED'
    case 'paid':
    case 'finished':
      if (refundedFen === terms.amountFen) return 'TRADE_CLOSED'
      return state === 'paid' ? 'TRADE_SUCCESS' : 'TRADE_FINISHED'
  }
}

const buyerLogon = 'buy***@sandbox.example'

/** `alipay.trade.query`. */
export function queriedTrade(trade: Trade): Record<string, unknown> {
  const { terms, tradeNo, buyerId, paidAt } = trade
  const paid = paidAt === 0 ? '0.00' : yuanText(terms.amountFen)
  return {
    trade_no: tradeNo,
    out_trade_no: terms.outTradeNo,
    buyer_logon_id: buyerLogon,
    trade_status: tradeStatus(trade),
    total_amount: yuanText(terms.amountFen),
    receipt_amount: paid,
    buyer_pay_amount: paid,
    point_amount: '0.00',
    invoice_amount: paid,
    ...(paidAt === 0 ? {} : { send_pay_date: chinaTime(paidAt), fund_bill_list: [{ fund_channel: 'ALIPAYACCOUNT', amount: paid }] }),
    buyer_user_id: buyerId,
    buyer_user_type: 'PRIVATE',
    ...(terms.attach === '' ? {} : { passback_params: terms.attach }),
  }
}

/** What a query says of a trade that is not there, or not yet. */
export function missingTrade(outTradeNo: string): Record<string, string> {
  const nothing = { buyer_pay_amount: '0.00', invoice_amount: '0.00', point_amount: '0.00', receipt_amount: '0.00' }
  return outTradeNo === '' ? nothing : { ...nothing, out_trade_no: outTradeNo }
}

/** `alipay.trade.refund`: `fund_change` tells whether this very call moved money. */
export function refundedTrade({ terms, tradeNo, buyerId, refundedFen }: Trade, { requestedAt }: Refund, movedMoney: boolean): Record<string, unknown> {
  return {
    trade_no: tradeNo,
    out_trade_no: terms.outTradeNo,
    buyer_logon_id: buyerLogon,
    buyer_user_id: buyerId,
    fund_change: movedMoney ? 'Y' : 'N',
    refund_fee: yuanText(refundedFen),
    send_back_fee: yuanText(movedMoney ? refundedFen : 0),
    gmt_refund_pay: chinaTime(requestedAt),
  }
}

/** `alipay.trade.fastpay.refund.query`: of a number that never was it says nothing but that the call worked. */
export function queriedRefund({ terms, tradeNo }: Trade, outRequestNo: string, refund: Refund | undefined): Record<string, unknown> {
  if (refund === undefined) return {}
  return {
    trade_no: tradeNo,
    out_trade_no: terms.outTradeNo,
    out_request_no: outRequestNo,
    total_amount: yuanText(terms.amountFen),
    refund_amount: yuanText(refund.amountFen),
    refund_status: 'REFUND_SUCCESS',
    gmt_refund_pay: chinaTime(refund.requestedAt),
    ...(refund.reason === '' ? {} : { refund_reason: refund.reason }),
  }
}
