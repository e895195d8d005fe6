import type { HttpAnswer } from '../context.ts'
import { encodeGbk } from '../files/gbk.ts'
import type { SignatureFault } from '../machine/index.ts'
import { signContent } from '../signing.ts'
import type { AlipayContext } from './context.ts'
import type { MethodAnswer } from './methods.ts'
import { classes, type Refusal } from './refusals.ts'

export interface ResponseOptions {
  readonly method: string
  readonly charset: string
  readonly certificateMode: boolean
  readonly fault: SignatureFault | undefined
}

/** The platform writes slashes with a backslash: who parses and writes the JSON anew gets other bytes than were signed. */
const jsonOf = (value: object) => JSON.stringify(value).replaceAll('/', '\\/')

const encoded = (text: string, charset: string) => (charset === 'gbk' ? encodeGbk(text) : Buffer.from(text))

function bodyOf(answer: MethodAnswer): Record<string, unknown> {
  if (answer.kind === 'ok') return { code: '10000', msg: classes['10000'], ...answer.fields }
  return { code: answer.code, msg: classes[answer.code], sub_code: answer.subCode, sub_msg: answer.subMessage, ...answer.fields }
}

/** HTTP 200, whatever happened. The signature covers the inner object as it stands there, and comes last. */
export function signedResponse(
  { signer, keys }: AlipayContext,
  answer: MethodAnswer,
  { method, charset, certificateMode, fault }: ResponseOptions,
): HttpAnswer {
  const content = jsonOf(bodyOf(answer))
  const sign = signContent(encoded(content, charset), signer, fault)
  const tail = [
    ...(certificateMode ? [`"alipay_cert_sn":"${keys.file.alipay.platformCertificateSerial}"`] : []),
    ...(sign === undefined ? [] : [`"sign":"${sign}"`]),
  ]
  const text = `{${[`"${method.replaceAll('.', '_')}_response":${content}`, ...tail].join(',')}}`
  return { status: 200, headers: { 'content-type': `text/html;charset=${charset}` }, body: encoded(text, charset) }
}

/** What is refused without a name to answer under: signed by nobody. */
export function errorResponse(refusal: Refusal, charset: string): HttpAnswer {
  return { status: 200, headers: { 'content-type': `text/html;charset=${charset}` }, body: encoded(jsonOf({ error_response: bodyOf(refusal) }), charset) }
}
