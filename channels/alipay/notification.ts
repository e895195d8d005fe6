/**
 * Alipay's notifications. The signature covers every field but `sign` and `sign_type`, decoded, in order of their
 * names: what the SDK's `checkNotifySignV2` verifies, which a test compares with this. The SDK lets the sender choose
 * the algorithm (SHA-1, for one); here it is RSA2 or nothing.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { notificationReader, numberIn, Refused, requireMediaType, signatureBytes, type ReadNotification } from '../notification.ts'
import type { HeaderValues, NotificationFact, NotificationReader } from '../port.ts'
import { beijingEpoch } from '../platform-time.ts'
import { fenOfYuan } from '../yuan.ts'
import { fieldsOfForm } from './form.ts'

/** Whom notifications must be from, and for. Nothing of it is secret. */
export interface AlipayRecipient {
  readonly appId: string
  readonly sellerId: string
  /** PEM. The platform's key for this app, not our own. */
  readonly alipayPublicKey: string
}

export function createAlipayNotificationReader(recipient: AlipayRecipient): NotificationReader {
  const key = createPublicKey(recipient.alipayPublicKey)
  return notificationReader('alipay', (body, headers) => read(body, headers, key, recipient))
}

type Form = ReadonlyMap<string, string>

function read(body: Uint8Array, headers: HeaderValues, key: KeyObject, { appId, sellerId }: AlipayRecipient): ReadNotification {
  requireMediaType(headers, 'application/x-www-form-urlencoded')
  const form = fieldsOfForm(body)
  if (form === undefined) throw new Refused('malformed', 'the body is no form with each key once')
  requireSignature(form, key)
  if (form.get('app_id') !== appId) throw new Refused('not_ours', 'app_id is not ours')
  if (form.get('seller_id') !== sellerId) throw new Refused('not_ours', 'seller_id is not ours')
  if (form.get('notify_type') !== 'trade_status_sync') throw new Refused('unsupported', 'notify_type is not trade_status_sync')
  return { notificationId: numberIn(form.get('notify_id') ?? '', 'notify_id'), fact: factOf(form) }
}

function requireSignature(form: Form, key: KeyObject): void {
  const signature = form.get('sign') ?? ''
  if (signature === '') throw new Refused('unsigned', 'there is no sign')
  if (form.get('sign_type') !== 'RSA2') throw new Refused('unsupported', 'sign_type is not RSA2')
  if ((form.get('charset') ?? 'utf-8').toLowerCase() !== 'utf-8') throw new Refused('unsupported', 'charset is not utf-8')
  const bytes = signatureBytes(signature)
  const names = [...form.keys()].filter((name) => name !== 'sign').sort()
  const isSigned = (signed: readonly string[]) => verify('sha256', Buffer.from(signed.map((name) => `${name}=${form.get(name)}`).join('&')), key, bytes)
  // Documented without sign_type; some of the platform's products leave it in, and the SDK takes both.
  if (!isSigned(names.filter((name) => name !== 'sign_type')) && !isSigned(names)) throw new Refused('bad_signature', 'the signature is wrong')
}

function factOf(form: Form): NotificationFact {
  const paymentId = numberIn(form.get('out_trade_no') ?? '', 'out_trade_no')
  const isRefunded = form.has('gmt_refund') || (fenOfYuan(form.get('refund_fee') ?? '') ?? 0) > 0
  const refundId = form.get('out_biz_no') ?? ''
  if (isRefunded && refundId !== '') {
    // A refund, full or partial, is told as one more TRADE_SUCCESS or TRADE_CLOSED of the trade: not paid again, not
    // closed unpaid. It names the sum of all refunds so far, not this one's amount: that has to be asked for.
    return { kind: 'refund', paymentId, refundId: numberIn(refundId, 'out_biz_no'), refund: { state: 'processing' } }
  }
  const status = form.get('trade_status') ?? ''
  if (status === 'WAIT_BUYER_PAY') return { kind: 'trade', paymentId, trade: { state: 'unpaid' } }
  if (status === 'TRADE_CLOSED' && !isRefunded) return { kind: 'trade', paymentId, trade: { state: 'closed' } }
  if (!['TRADE_SUCCESS', 'TRADE_FINISHED', 'TRADE_CLOSED'].includes(status)) throw new Refused('unsupported', 'trade_status is none that is known')
  const amountFen = fenOfYuan(form.get('total_amount') ?? '')
  const paidAt = beijingEpoch(form.get('gmt_payment') ?? '')
  if (amountFen === undefined) throw new Refused('malformed', 'total_amount is no amount of yuan')
  if (paidAt === undefined) throw new Refused('malformed', 'gmt_payment is no time')
  return { kind: 'trade', paymentId, trade: { state: 'paid', tradeNo: numberIn(form.get('trade_no') ?? '', 'trade_no'), amountFen, currency: 'CNY', paidAt } }
}
