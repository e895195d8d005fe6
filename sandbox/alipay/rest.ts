import { verify } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { sendAnswer, underFaults, type HttpAnswer, type Server } from '../context.ts'
import type { ApiFault } from '../machine/index.ts'
import { randomText } from '../random-text.ts'
import { signContent, staleMs } from '../signing.ts'
import type { AlipayContext } from './context.ts'
import { methods, outTradeNoIn, type Method, type MethodAnswer } from './methods.ts'
import { refusedByFault } from './refusals.ts'

/** The v3 protocol, for calls between servers: the same methods as REST. */
const endpoints: readonly (readonly [verb: 'GET' | 'POST', url: string, method: string])[] = [
  ['POST', '/v3/alipay/trade/precreate', 'alipay.trade.precreate'],
  ['POST', '/v3/alipay/trade/query', 'alipay.trade.query'],
  ['POST', '/v3/alipay/trade/close', 'alipay.trade.close'],
  ['POST', '/v3/alipay/trade/cancel', 'alipay.trade.cancel'],
  ['POST', '/v3/alipay/trade/refund', 'alipay.trade.refund'],
  ['POST', '/v3/alipay/trade/fastpay/refund/query', 'alipay.trade.fastpay.refund.query'],
  ['GET', '/v3/alipay/data/dataservice/bill/downloadurl/query', 'alipay.data.dataservice.bill.downloadurl.query'],
]

interface Sender {
  readonly certificateMode: boolean
}

export function alipayRestRoutes(server: Server, context: AlipayContext): void {
  for (const [verb, url, name] of endpoints) {
    const method = methods.get(name)
    if (method === undefined) throw new Error(`there is no method ${name}`)
    server.route({
      method: verb,
      url,
      handler: async (request, reply) => {
        const sender = senderOf(context, request)
        if ('refused' in sender) return sendAnswer(reply, errorAnswer(401, 'invalid-signature', sender.refused))
        const content = verb === 'GET' ? request.query : jsonOf(request.body)
        const outTradeNo = outTradeNoIn(context, content)
        return underFaults(context, { channel: 'alipay', operation: method.operation, outTradeNo }, reply, async (fault) =>
          answerOf(context, await said(context, method, content, request, fault), sender, fault),
        )
      },
    })
  }
}

function said(context: AlipayContext, method: Method, content: unknown, { body }: FastifyRequest, fault: ApiFault): Promise<MethodAnswer> {
  if (fault.errorCode !== undefined) return Promise.resolve(refusedByFault(fault.errorCode))
  // In v3 the notify URL is part of the body.
  const { notify_url: notifyUrl = '' } = jsonOf(body) as { notify_url?: string }
  return method.run(content, { context, appId: context.keys.file.alipay.appId, notifyUrl, returnUrl: '', queryLagMs: fault.queryLagMs })
}

const scheme = 'ALIPAY-SHA256withRSA '
const maxSkewMs = 10 * 60_000

/** Whether it is signed by this app, just now; otherwise why not, with what should have been signed. */
function senderOf({ keys, clock, ledger }: AlipayContext, { method, url, headers, body }: FastifyRequest): Sender | { readonly refused: string } {
  const refused = (because: string) => ({ refused: `sign check fail: ${because}` })
  const { authorization = '' } = headers
  const { alipay } = keys.file
  const [, signed, signature] = /^(.*),sign=([^,]+)$/.exec(authorization.startsWith(scheme) ? authorization.slice(scheme.length) : '') ?? []
  if (signed === undefined || signature === undefined) return refused(`the header Authorization is not ${scheme}…,sign=…`)
  const fields = new Map(signed.split(',').map((field): [string, string] => [field.split('=')[0] ?? '', field.slice(field.indexOf('=') + 1)]))
  if (fields.get('app_id') !== alipay.appId) return refused('there is no such app_id')
  if (!(Math.abs(Number(fields.get('timestamp')) - clock.now()) <= maxSkewMs)) return refused('the timestamp is not within ten minutes of now')
  const certificate = fields.get('app_cert_sn')
  if (certificate === undefined && ledger.platform.desk.alipayCertificates === true)
    return refused('the app is in certificate mode, and app_cert_sn is missing')
  if (certificate !== undefined && (certificate !== alipay.appCertificateSerial || headers['alipay-root-cert-sn'] !== alipay.rootCertificateSerial))
    return refused('app_cert_sn or alipay-root-cert-sn is another one')
  const token = headers['alipay-app-auth-token']
  const text = Buffer.concat([
    Buffer.from(`${signed}\n${method}\n${url}\n`),
    Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    Buffer.from(typeof token === 'string' ? `\n${token}\n` : '\n'),
  ])
  if (!verify('sha256', text, keys.alipay.appPublicKey, Buffer.from(signature, 'base64')))
    return refused(`what must be signed is ${text.toString().slice(0, 1_000)}`)
  return { certificateMode: certificate !== undefined }
}

function answerOf(context: AlipayContext, answer: MethodAnswer, { certificateMode }: Sender, fault: ApiFault): HttpAnswer {
  const { clock, random, signer, keys } = context
  if (answer.kind === 'refused') return errorAnswer(answer.code === '20000' ? 500 : 400, answer.subCode.replace(/^ACQ\./, ''), answer.subMessage)
  const body = JSON.stringify(answer.fields)
  const signatureFault = fault.unsigned === true ? 'missing' : fault.signature
  const timestamp = String(clock.now() - (signatureFault === 'stale' ? staleMs : 0))
  const nonce = randomText(random, 32)
  const signature = signContent(`${timestamp}\n${nonce}\n${body}\n`, signer, signatureFault)
  const headers = {
    'content-type': 'application/json;charset=utf-8',
    'alipay-timestamp': timestamp,
    'alipay-nonce': nonce,
    ...(certificateMode ? { 'alipay-sn': keys.file.alipay.platformCertificateSerial } : {}),
    ...(signature === undefined ? {} : { 'alipay-signature': signature }),
  }
  return { status: 200, headers, body }
}

function errorAnswer(status: number, code: string, message: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify({ code, message, links: [] }) }
}

function jsonOf(body: unknown): object {
  try {
    const parsed: unknown = Buffer.isBuffer(body) && body.length > 0 ? JSON.parse(body.toString()) : {}
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
