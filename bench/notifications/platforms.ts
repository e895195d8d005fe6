import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelName } from '@suanpan/channels'
import { formBody, formHeaders, paidFields, paidTransaction, paymentSealing, sealed, signedFields, signedHeaders } from '@suanpan/channels/testing'

/** What the sandbox of this data folder signs with: the benchmark plays its platforms, as they could not sign fast enough. */
interface PlatformKeys {
  readonly alipay: { readonly appId: string; readonly sellerId: string; readonly key: KeyObject }
  readonly wechat: { readonly appId: string; readonly mchid: string; readonly apiV3Key: string; readonly serial: string; readonly key: KeyObject }
}

export function readPlatformKeys(dataDir: string): PlatformKeys {
  const { alipay, wechat } = JSON.parse(readFileSync(join(dataDir, 'sandbox', 'keys.json'), 'utf8')) as {
    readonly alipay: { readonly appId: string; readonly sellerId: string; readonly platformKey: string }
    readonly wechat: {
      readonly appId: string
      readonly mchid: string
      readonly apiV3Key: string
      readonly publicKeyId: string
      readonly publicKeyPrivateHalf: string
    }
  }
  return {
    alipay: { appId: alipay.appId, sellerId: alipay.sellerId, key: createPrivateKey(alipay.platformKey) },
    wechat: {
      appId: wechat.appId,
      mchid: wechat.mchid,
      apiV3Key: wechat.apiV3Key,
      serial: wechat.publicKeyId,
      key: createPrivateKey(wechat.publicKeyPrivateHalf),
    },
  }
}

/** A payment that waits to be paid. */
export interface OpenPayment {
  readonly paymentId: string
  readonly orderId: string
  readonly channel: ChannelName
  readonly amountFen: number
}

/** The whole HTTP request in which a platform says that this was paid. */
export function notificationRequest(keys: PlatformKeys, payment: OpenPayment, target: { readonly host: string; readonly port: number }): string {
  const { headers, body } = payment.channel === 'alipay' ? alipayNotification(keys, payment) : wechatNotification(keys, payment)
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  // The client writes Latin-1: each character is one byte of the body.
  const bytes = Buffer.from(body).toString('latin1')
  return `POST /notify/${payment.channel} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\n${head.join('')}Content-Length: ${bytes.length}\r\n\r\n${bytes}`
}

function alipayNotification({ alipay }: PlatformKeys, { paymentId, amountFen }: OpenPayment) {
  const yuan = (amountFen / 100).toFixed(2)
  const fields = {
    ...paidFields,
    notify_id: `bench${paymentId}`,
    app_id: alipay.appId,
    auth_app_id: alipay.appId,
    seller_id: alipay.sellerId,
    out_trade_no: paymentId,
    trade_no: `2026${paymentId.slice(-20)}`,
    subject: 'Bench',
    total_amount: yuan,
    receipt_amount: yuan,
  }
  return { headers: formHeaders, body: formBody(signedFields(fields, alipay.key)).toString() }
}

function wechatNotification({ wechat }: PlatformKeys, { paymentId, amountFen }: OpenPayment) {
  const inside = {
    ...paidTransaction,
    mchid: wechat.mchid,
    appid: wechat.appId,
    out_trade_no: paymentId,
    transaction_id: `4200${paymentId.slice(-20)}`,
    amount: { total: amountFen, payer_total: amountFen, currency: 'CNY', payer_currency: 'CNY' },
  }
  const body = JSON.stringify({ ...sealed(inside, { ...paymentSealing, apiV3Key: wechat.apiV3Key }), id: `bench-${paymentId}` })
  return { headers: signedHeaders(body, wechat.key, wechat.serial, Math.floor(Date.now() / 1000)), body }
}
