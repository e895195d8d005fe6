import { sign, type KeyObject } from 'node:crypto'

export type FormFields = Readonly<Record<string, string>>

export const ours = { appId: '2021000000000001', sellerId: '2088000000000001' } as const

/** What Alipay says when a trade of 88.88 yuan was paid. */
export const paidFields: FormFields = {
  notify_time: '2026-11-26 20:15:09',
  notify_type: 'trade_status_sync',
  notify_id: '2026112600222201508097221000000001',
  charset: 'utf-8',
  version: '1.0',
  auth_app_id: ours.appId,
  app_id: ours.appId,
  seller_id: ours.sellerId,
  trade_no: '2026112622001400000000000001',
  out_trade_no: 'pay_01KB0000000000000000000001',
  buyer_id: '2088000000000009',
  trade_status: 'TRADE_SUCCESS',
  total_amount: '88.88',
  receipt_amount: '88.88',
  subject: '龙井茶 250g + 100% 桂花',
  body: '',
  gmt_create: '2026-11-26 20:14:51',
  gmt_payment: '2026-11-26 20:15:08',
  fund_bill_list: '[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]',
  passback_params: 'a%3Db',
}

/** The text that a signature covers. */
export function signedText(fields: FormFields, without: readonly string[] = ['sign', 'sign_type']): string {
  const names = Object.keys(fields).filter((name) => !without.includes(name))
  return names
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&')
}

/** The fields with their signature. */
export function signedFields(fields: FormFields, key: KeyObject, algorithm: 'sha256' | 'sha1' = 'sha256'): FormFields {
  const withType = { sign_type: algorithm === 'sha256' ? 'RSA2' : 'RSA', ...fields }
  return { ...withType, sign: sign(algorithm, Buffer.from(signedText(withType)), key).toString('base64') }
}

export function formBody(fields: FormFields): Buffer {
  return Buffer.from(new URLSearchParams({ ...fields }).toString())
}

export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' } as const
