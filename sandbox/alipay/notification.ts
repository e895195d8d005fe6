import type { OutgoingRequest } from '../context.ts'
import { chinaTime, type Delivery, type SignatureFault } from '../machine/index.ts'
import { yuanText } from '../money.ts'
import { staleMs } from '../signing.ts'
import type { AlipayContext } from './context.ts'
import { signedParameters } from './parameters.ts'
import { tradeStatus } from './wording.ts'

/** A notification as it is posted: a form, signed anew for each try with the same id. */
export function alipayNotification(context: AlipayContext, delivery: Delivery): OutgoingRequest {
  const fields = fieldsOf(context, delivery)
  const signed = signedParameters(fields, context.signer, delivery.fault.signature)
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', 'user-agent': 'Mozilla/4.0' },
    body: new URLSearchParams(signed).toString(),
  }
}

function fieldsOf({ clock, keys }: AlipayContext, { notification, notificationId, fault }: Delivery): Record<string, string> {
  const { trade, refund, createdAt } = notification
  const { terms } = trade
  const total = yuanText(fault.amountFen ?? terms.amountFen)
  const paid = trade.paidAt === 0 ? {} : { gmt_payment: chinaTime(trade.paidAt), receipt_amount: total, invoice_amount: total, buyer_pay_amount: total }
  const appId = fault.appId ?? terms.appId
  return {
    notify_time: chinaTime(notifyTime(clock.now(), createdAt, fault.signature)),
    notify_type: 'trade_status_sync',
    notify_id: notificationId,
    charset: 'utf-8',
    version: '1.0',
    auth_app_id: appId,
    app_id: appId,
    trade_no: fault.tradeNo ?? trade.tradeNo,
    out_trade_no: fault.outTradeNo ?? terms.outTradeNo,
    buyer_id: trade.buyerId,
    seller_id: fault.merchantId ?? keys.file.alipay.sellerId,
    trade_status: tradeStatus(trade),
    total_amount: total,
    ...paid,
    ...(trade.paidAt === 0 ? {} : { point_amount: '0.00', fund_bill_list: JSON.stringify([{ amount: total, fundChannel: 'ALIPAYACCOUNT' }]) }),
    subject: terms.subject,
    gmt_create: chinaTime(trade.createdAt),
    ...(refund === null ? {} : { out_biz_no: refund.outRefundNo, refund_fee: yuanText(trade.refundedFen), gmt_refund: `${chinaTime(refund.requestedAt)}.000` }),
    ...(trade.closedAt === 0 ? {} : { gmt_close: chinaTime(trade.closedAt) }),
    ...(terms.attach === '' ? {} : { passback_params: terms.attach }),
  }
}

/** Alipay signs no time but this one, and retries keep what they say. */
function notifyTime(now: number, createdAt: number, fault: SignatureFault | undefined): number {
  return fault === 'stale' ? now - staleMs : createdAt
}
