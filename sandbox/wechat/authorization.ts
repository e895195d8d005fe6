import { verify } from 'node:crypto'
import type { WechatContext } from './context.ts'
import { refuse, type WechatRefusal } from './responses.ts'

export interface IncomingCall {
  readonly method: string
  /** Path and query as they were sent. */
  readonly url: string
  readonly authorization: string | undefined
  readonly body: Buffer
}

const scheme = 'WECHATPAY2-SHA256-RSA2048 '
const maxSkewSeconds = 300

/** Undefined if the request is what this merchant signed, a moment ago; otherwise why not, with what should have been signed. */
export function refusalOf({ clock, keys }: WechatContext, call: IncomingCall): WechatRefusal | undefined {
  const { mchid, merchantSerial } = keys.file.wechat
  if (call.authorization?.startsWith(scheme) !== true) return refuse('SIGN_ERROR', 'Http头Authorization认证类型不正确')
  const fields = new Map([...call.authorization.slice(scheme.length).matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
  const field = (name: string) => fields.get(name) ?? ''
  if (field('mchid') !== mchid) return refuse('SIGN_ERROR', `商户号${field('mchid').slice(0, 32)}不存在`)
  if (field('serial_no') !== merchantSerial) return refuse('SIGN_ERROR', '商户证书序列号有误')
  if (!/^\d{10}$/.test(field('timestamp')) || Math.abs(clock.now() / 1000 - Number(field('timestamp'))) > maxSkewSeconds) {
    return refuse('SIGN_ERROR', `Http头Authorization中的timestamp与发起请求的时间不得超过5分钟`)
  }
  const message = Buffer.concat([Buffer.from(`${call.method}\n${call.url}\n${field('timestamp')}\n${field('nonce_str')}\n`), call.body, Buffer.from('\n')])
  if (verify('sha256', message, keys.wechat.merchantPublicKey, Buffer.from(field('signature'), 'base64'))) return undefined
  const shown = message.toString()
  return refuse('SIGN_ERROR', '签名错误，请检查后再试', {
    field: 'signature',
    location: 'authorization',
    issue: 'sign not match',
    sign_information: { method: call.method, url: call.url, sign_message_length: message.length, expected_sign_message: shown.slice(0, 1_000) },
  })
}
