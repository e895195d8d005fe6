import type { OutgoingRequest } from '../context.ts'
import { chinaTimeIso, type Delivery } from '../machine/index.ts'
import { randomText } from '../random-text.ts'
import type { WechatContext } from './context.ts'
import { encrypt, tampered } from './encryption.ts'
import { signedHeaders } from './responses.ts'
import { refundNotice, transaction } from './wording.ts'

/** A notification as it is posted: encrypted and signed anew for each try, with the same id. */
export function wechatNotification(context: WechatContext, delivery: Delivery): OutgoingRequest {
  const { keys, random, identity } = context
  const { notification, notificationId, fault } = delivery
  const aboutRefund = notification.event === 'refund_settled'
  const original = aboutRefund ? 'refund' : 'transaction'
  const text = JSON.stringify(distorted(context, delivery))
  const encrypted = encrypt(text, keys.file.wechat.apiV3Key, randomText(random, 12), fault.emptyAssociatedData === true ? '' : original)
  const body = JSON.stringify({
    id: notificationId,
    create_time: chinaTimeIso(notification.createdAt),
    resource_type: 'encrypt-resource',
    event_type: aboutRefund ? `REFUND.${(notification.refund?.state ?? '').toUpperCase()}` : 'TRANSACTION.SUCCESS',
    summary: aboutRefund ? '退款通知' : '支付成功',
    resource: { original_type: original, ...(fault.tamperedCiphertext === true ? tampered(encrypted) : encrypted) },
  })
  const signed = signedHeaders(context, identity.next(), body, fault.signature)
  return { headers: { 'content-type': 'application/json', 'user-agent': 'Mozilla/4.0', ...signed }, body }
}

/** What the notification says, and what a fault makes of it. */
function distorted({ keys }: WechatContext, { notification, fault }: Delivery): Record<string, unknown> {
  const { trade, refund } = notification
  const mchid = fault.merchantId ?? keys.file.wechat.mchid
  const content = refund !== null ? refundNotice(trade, refund, mchid) : transaction(trade, mchid)
  const amount = content['amount'] as Record<string, unknown>
  return {
    ...content,
    ...(mchid === '' ? { mchid: undefined } : {}),
    ...(fault.tradeNo === undefined ? {} : { transaction_id: fault.tradeNo }),
    ...(fault.appId === undefined || refund !== null ? {} : { appid: fault.appId }),
    ...(fault.outTradeNo === undefined ? {} : { out_trade_no: fault.outTradeNo }),
    amount: {
      ...amount,
      ...(fault.amountFen === undefined ? {} : refund === null ? { total: fault.amountFen, payer_total: fault.amountFen } : { refund: fault.amountFen }),
      ...(fault.currency === undefined ? {} : { currency: fault.currency, payer_currency: fault.currency }),
    },
  }
}
