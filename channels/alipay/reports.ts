/** What Alipay answers about a trade or a refund. */
import { textOf, type Fields } from '../fields.ts'
import { beijingEpoch } from '../platform-time.ts'
import type { RefundReport, TradeReport } from '../port.ts'
import { fenOfYuan } from '../yuan.ts'

/**
 * Undefined: it cannot be read.
 *
 * `TRADE_CLOSED` is said of a trade that nobody paid in time, and of one that was paid and refunded in full: only the
 * latter has a day on which the money went to the seller. The platform may leave that day out of a paid trade's answer;
 * then `askedAt` stands for it.
 */
export function tradeIn(reply: Fields, askedAt: number): TradeReport | undefined {
  const sentAt = beijingEpoch(textOf(reply, 'send_pay_date'))
  switch (textOf(reply, 'trade_status')) {
    case 'WAIT_BUYER_PAY':
      return { state: 'unpaid' }
    case 'TRADE_CLOSED':
      return sentAt === undefined ? { state: 'closed' } : paidIn(reply, sentAt)
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return paidIn(reply, sentAt ?? askedAt)
    default:
      return undefined
  }
}

function paidIn(reply: Fields, paidAt: number): TradeReport | undefined {
  const tradeNo = textOf(reply, 'trade_no')
  const amountFen = fenOfYuan(textOf(reply, 'total_amount'))
  return tradeNo === '' || amountFen === undefined
    ? undefined
    : { state: 'paid', tradeNo, amountFen, currency: textOf(reply, 'trans_currency') || 'CNY', paidAt }
}

/**
 * Undefined: it cannot be read.
 *
 * The platform answers 10000 even to a number it has never heard of: only one that echoes both numbers and an amount
 * has been refunded.
 */
export function refundIn(reply: Fields, paymentId: string, refundId: string): RefundReport | undefined {
  const amount = textOf(reply, 'refund_amount')
  if (amount === '') return { state: 'not_found' }
  if (textOf(reply, 'out_request_no') !== refundId || textOf(reply, 'out_trade_no') !== paymentId) return undefined
  const amountFen = fenOfYuan(amount)
  switch (textOf(reply, 'refund_status')) {
    case '':
    case 'REFUND_SUCCESS':
      return amountFen === undefined ? undefined : { state: 'done', amountFen }
    case 'REFUND_PROCESSING':
      return { state: 'processing' }
    case 'REFUND_FAIL':
      return { state: 'closed' }
    default:
      return undefined
  }
}
