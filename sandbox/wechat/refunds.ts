import { Type, type Static } from 'typebox'
import { findTrade, refund, refundKey, refundPauseMs, type Refund } from '../machine/index.ts'
import { isNotifyUrl, notifyUrlRule } from '../web-urls.ts'
import type { WechatContext } from './context.ts'
import { refuse, type WechatAnswer } from './responses.ts'
import { refundObject } from './wording.ts'

export const refundSchema = Type.Object({
  transaction_id: Type.Optional(Type.String()),
  out_trade_no: Type.Optional(Type.String()),
  out_refund_no: Type.String({ pattern: '^[0-9A-Za-z_\\-|*@]{1,64}$' }),
  reason: Type.Optional(Type.String({ maxLength: 80 })),
  notify_url: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  amount: Type.Object({ refund: Type.Integer({ minimum: 1 }), total: Type.Integer({ minimum: 1 }), currency: Type.Literal('CNY') }),
})

/** `POST /v3/refund/domestic/refunds`: accepted, not yet carried out. The same number is the same refund. */
export async function askRefund(context: WechatContext, content: Static<typeof refundSchema>, ending: Refund['ending']): Promise<WechatAnswer> {
  const { ledger } = context
  const { amount, notify_url: notifyUrl = '', reason = '' } = content
  const trade = findTrade(ledger.platform, 'wechat', { outTradeNo: content.out_trade_no, tradeNo: content.transaction_id })
  if (trade === undefined) return refuse('RESOURCE_NOT_EXISTS', '订单不存在')
  if (amount.total !== trade.terms.amountFen)
    return refuse('PARAM_ERROR', '订单金额不一致', { field: 'amount.total', location: 'body', issue: 'differs from the order' })
  if (notifyUrl !== '' && !isNotifyUrl(notifyUrl)) return refuse('PARAM_ERROR', notifyUrlRule)
  const request = { key: trade.key, outRefundNo: content.out_refund_no, amountFen: amount.refund, reason, notifyUrl, ending, pauseMs: refundPauseMs.wechat }
  const answer = await ledger.run((platform, now) => refund(platform, request, now))
  switch (answer.outcome) {
    case 'accepted':
    case 'repeated':
      return { kind: 'ok', body: refundObject(answer.trade, answer.refund) }
    case 'other_terms':
      return refuse('INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试')
    case 'unknown_trade':
      return refuse('RESOURCE_NOT_EXISTS', '订单不存在')
    case 'not_paid':
      return refuse('INVALID_REQUEST', '订单未支付，不可退款')
    case 'finished':
      return refuse('INVALID_REQUEST', '订单已超过可退款的最长期限')
    case 'exceeds':
      return refuse('INVALID_REQUEST', '申请退款金额超过可退金额')
    case 'too_many':
      return refuse('INVALID_REQUEST', '一笔订单最多退款50次')
    case 'too_early':
      return refuse('FREQUENCY_LIMITED', '单笔订单请求频率过高，请于1分钟后重试')
  }
}

/** `GET /v3/refund/domestic/refunds/{out_refund_no}` */
export function queryRefund({ ledger }: WechatContext, outRefundNo: string, lagMs = 0): WechatAnswer {
  const found = ledger.platform.refunds.get(refundKey('wechat', '', outRefundNo))
  const isSeen = found !== undefined && found.requestedAt + lagMs <= ledger.now()
  const trade = isSeen ? findTrade(ledger.platform, 'wechat', found) : undefined
  return found === undefined || trade === undefined ? refuse('RESOURCE_NOT_EXISTS', '退款单不存在') : { kind: 'ok', body: refundObject(trade, found) }
}
