import type { HttpAnswer } from '../context.ts'
import type { ApiFault, SignatureFault } from '../machine/index.ts'
import { randomText } from '../random-text.ts'
import { signContent, staleMs } from '../signing.ts'
import type { WechatContext } from './context.ts'
import type { SigningIdentity } from './identity.ts'

export type WechatAnswer =
  | { readonly kind: 'ok'; readonly body: object }
  /** HTTP 204. */
  | { readonly kind: 'done' }
  | WechatRefusal

export interface WechatRefusal {
  readonly kind: 'refused'
  readonly status: number
  readonly code: string
  readonly message: string
  readonly detail?: object
}

const statusOf = {
  PARAM_ERROR: 400,
  INVALID_REQUEST: 400,
  ORDERPAID: 400,
  NO_STATEMENT_EXIST: 400,
  STATEMENT_CREATING: 400,
  SIGN_ERROR: 401,
  NO_AUTH: 403,
  NOT_ENOUGH: 403,
  OUT_TRADE_NO_USED: 403,
  ORDER_NOT_EXIST: 404,
  RESOURCE_NOT_EXISTS: 404,
  FREQUENCY_LIMITED: 429,
  SYSTEM_ERROR: 500,
} as const

export function refuse(code: keyof typeof statusOf, message: string, detail?: object): WechatRefusal {
  return { kind: 'refused', status: statusOf[code], code, message, ...(detail === undefined ? {} : { detail }) }
}

/** What a fault wants to be answered, whether the platform has such a code or not. */
export function refuseByFault(errorCode: string): WechatRefusal {
  const statuses: { readonly [code: string]: number } = statusOf
  return { kind: 'refused', status: statuses[errorCode] ?? 400, code: errorCode, message: '系统错误' }
}

export interface SignedHeaders {
  readonly 'wechatpay-timestamp': string
  readonly 'wechatpay-nonce': string
  readonly 'wechatpay-signature-type': string
  readonly 'wechatpay-serial': string
  readonly 'wechatpay-signature'?: string
}

/** The headers that vouch for a body: in replies and in notifications alike. Signed at the machine's own time. */
export function signedHeaders({ clock, random }: WechatContext, { serial, signer }: SigningIdentity, body: string, fault?: SignatureFault): SignedHeaders {
  const timestamp = String(Math.floor((clock.now() - (fault === 'stale' ? staleMs : 0)) / 1000))
  const nonce = randomText(random, 32)
  const signature = signContent(`${timestamp}\n${nonce}\n${body}\n`, signer, fault)
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
    'wechatpay-serial': serial,
    ...(signature === undefined ? {} : { 'wechatpay-signature': signature }),
  }
}

/** Every reply is signed, 204 with its empty body too. */
export function signedAnswer(context: WechatContext, identity: SigningIdentity, answer: WechatAnswer, { unsigned, signature }: ApiFault): HttpAnswer {
  const [status, body] = contentOf(answer)
  const headers = { ...(status === 204 ? {} : { 'content-type': 'application/json; charset=utf-8' }), 'request-id': randomText(context.random, 24) }
  if (unsigned === true) return { status, headers, body }
  return { status, headers: { ...headers, ...signedHeaders(context, identity, body, signature) }, body }
}

function contentOf(answer: WechatAnswer): [status: number, body: string] {
  switch (answer.kind) {
    case 'ok':
      return [200, JSON.stringify(answer.body)]
    case 'done':
      return [204, '']
    case 'refused': {
      const { code, message, detail } = answer
      return [answer.status, JSON.stringify({ code, message, ...(detail === undefined ? {} : { detail }) })]
    }
  }
}
