import { createCipheriv, sign, type KeyObject } from 'node:crypto'
import type { HeaderValues } from '../port.ts'

export const merchant = { mchid: '1900000001', appid: 'wx0000000000000001', apiV3Key: '0123456789abcdef0123456789abcdef' } as const

/** What WeChat Pay says, inside, when a trade of 88.88 yuan was paid, 80 of them by a coupon. */
export const paidTransaction = {
  mchid: merchant.mchid,
  appid: merchant.appid,
  out_trade_no: 'pay_01KB0000000000000000000001',
  transaction_id: '4200000000202611260000000001',
  trade_type: 'NATIVE',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2026-11-26T20:15:08+08:00',
  payer: { openid: 'o0000000000000000000000001' },
  amount: { total: 8888, payer_total: 888, currency: 'CNY', payer_currency: 'CNY' },
}

/** Likewise when 10 yuan of it were given back. */
export const doneRefund = {
  mchid: merchant.mchid,
  out_trade_no: paidTransaction.out_trade_no,
  transaction_id: paidTransaction.transaction_id,
  out_refund_no: 'ref_01KB0000000000000000000002',
  refund_id: '50000000002026112600000000001',
  refund_status: 'SUCCESS',
  success_time: '2026-11-27T09:00:00+08:00',
  user_received_account: '支付用户零钱',
  amount: { total: 8888, refund: 1000, payer_total: 888, payer_refund: 100 },
}

export interface Sealing {
  readonly eventType: string
  readonly originalType: string
  readonly associatedData?: string
  readonly apiV3Key?: string
}

/** The body of a notification around what is said inside. */
export function sealed(
  inside: unknown,
  { eventType, originalType, associatedData = originalType, apiV3Key = merchant.apiV3Key }: Sealing,
): Record<string, unknown> {
  const nonce = 'fdasflkja484'
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(associatedData))
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(inside)), cipher.final(), cipher.getAuthTag()]).toString('base64')
  return {
    id: 'e2a7e1c0-0000-5000-8000-000000000001',
    create_time: '2026-11-26T20:15:09+08:00',
    resource_type: 'encrypt-resource',
    event_type: eventType,
    summary: '支付成功',
    resource: { original_type: originalType, algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: associatedData, nonce },
  }
}

export const paymentSealing: Sealing = { eventType: 'TRANSACTION.SUCCESS', originalType: 'transaction' }
export const refundSealing: Sealing = { eventType: 'REFUND.SUCCESS', originalType: 'refund' }

/** The headers under which `key`, called `serial`, sends a body at a time (epoch seconds). */
export function signedHeaders(body: string | Buffer, key: KeyObject, serial: string, atSeconds: number): HeaderValues {
  const nonce = 'EcTSvPLdb6ZyJyyM1EMcnbF6ePkBzzzz'
  const text = Buffer.concat([Buffer.from(`${atSeconds}\n${nonce}\n`), Buffer.from(body), Buffer.from('\n')])
  return {
    'content-type': 'application/json',
    'wechatpay-timestamp': String(atSeconds),
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    'wechatpay-signature': sign('sha256', text, key).toString('base64'),
  }
}
