import type { Clock } from '@suanpan/runtime/time'
import { Decorator } from 'wechatpay-axios-plugin'
import { answerOf, nameOf, ok, rejected, unknown } from '../answers.ts'
import { maxPackedBytes } from '../bills/download.ts'
import { fieldsOfJson, isFields, textOf, type Fields } from '../fields.ts'
import { Refused } from '../notification.ts'
import type { ChannelResult, HeaderValues } from '../port.ts'
import type { WechatConfiguration } from './configuration.ts'
import { platformKeysOf, requireWechatSignature } from './signature.ts'

/**
 * `missing`: 404, under whatever of its three spellings. The platform has no such thing, as far as it knows now; or, unless
 * it is signed, somebody on the way says so.
 */
export type Answer = ChannelResult<Fields> | { readonly kind: 'missing'; readonly code: string; readonly detail: string; readonly isSigned: boolean }

type Query = Readonly<Record<string, string>>

export interface WechatTransport {
  get(path: string, query: Query): Promise<Answer>
  post(path: string, body: Fields): Promise<Answer>
  /** The one path whose answers are not signed. */
  getFile(query: Query): Promise<ChannelResult<Buffer>>
}

/** Codes that say nothing about what was done: the platform does not know now, or does not know us, as while keys are changed. */
const undecided = /^(SIGN_ERROR|SYSTEM_?ERROR|BANK_?ERROR|FREQUENCY_LIMIT(ED|_EXCEED)?|RATELIMIT_EXCEED(ED)?|USERPAYING|BIZERR_NEED_RETRY|IN_PROGRESS)$/

const maxAnswerBytes = 1024 * 1024

export interface WechatTransportOptions {
  readonly configuration: WechatConfiguration
  readonly clock: Clock
}

export function createWechatTransport({ configuration, clock }: WechatTransportOptions): WechatTransport {
  const { mchid, merchantSerial, privateKey, platformKeys, answerSerial, baseUrl, timeoutMs } = configuration
  const keys = platformKeysOf(platformKeys)
  // The plugin keeps and changes the object that it is given.
  const options = {
    mchid,
    serial: merchantSerial,
    privateKey,
    certs: Object.fromEntries(keys),
    baseURL: baseUrl,
    timeout: timeoutMs,
    // As text: what is verified must be what is read.
    responseType: 'text' as const,
    headers: { 'Wechatpay-Serial': answerSerial },
    maxRedirects: 0,
    proxy: false as const,
  }
  const http = Decorator.jsonBased(options)

  function request(method: 'get' | 'post', url: string, params: Query, data: Fields | undefined): Promise<Answer> {
    return answerOf(clock, timeoutMs, async (): Promise<Answer> => {
      try {
        const response = await http.request<unknown>({ method, url, params, data, maxContentLength: maxAnswerBytes })
        if (response.status === 204) return ok({})
        const fields = typeof response.data === 'string' ? fieldsOfJson(response.data) : undefined
        return fields === undefined ? unknown('the answer cannot be read') : ok(fields)
      } catch (error) {
        return refusalOf(error)
      }
    })
  }

  function refusalOf(error: unknown): Answer {
    const response: unknown = error instanceof Error && 'response' in error ? error.response : undefined
    if (!isFields(response) || typeof response['status'] !== 'number') return unknown(`the call failed: ${nameOf(error)}`)
    const { status, data } = response
    // A signature that the plugin found wrong: what the answer says does not matter.
    if (status < 300) return unknown(`the answer was not believed: ${nameOf(error)}`)
    const body = typeof data === 'string' ? data : ''
    const fields = fieldsOfJson(body) ?? {}
    const code = textOf(fields, 'code').slice(0, 64)
    const doubt = status >= 400 && status < 500 && code !== '' ? doubtOf(lowerCased(response['headers']), body) : 'it is no answer of the platform’s'
    // It is not known whether the platform signs its 404s: what follows from one without is for the caller. A wrong signature is a lie.
    const isMissing = status === 404 && code !== '' && (doubt === undefined || doubt === 'unsigned')
    if (isMissing) return { kind: 'missing', code, detail: textOf(fields, 'message').slice(0, 200), isSigned: doubt === undefined }
    if (doubt !== undefined) return unknown(`status ${status} ${code}: ${doubt}`)
    return undecided.test(code) || status === 429 ? unknown(`the platform answered ${code}`) : rejected(code, textOf(fields, 'message'))
  }

  function doubtOf(headers: HeaderValues, body: string): string | undefined {
    try {
      requireWechatSignature(keys, headers, Buffer.from(body), clock.now())
      return undefined
    } catch (error) {
      return error instanceof Refused ? error.because : nameOf(error)
    }
  }

  function getFile(params: Query): Promise<ChannelResult<Buffer>> {
    return answerOf(clock, timeoutMs * 6, async () => {
      const response = await http.request<unknown>({
        method: 'get',
        url: 'v3/billdownload/file',
        params,
        responseType: 'arraybuffer',
        timeout: timeoutMs * 6,
        maxContentLength: maxPackedBytes,
      })
      return Buffer.isBuffer(response.data) ? ok(response.data) : unknown('the bill cannot be read')
    })
  }

  return { get: (path, query) => request('get', path, query, undefined), post: (path, body) => request('post', path, {}, body), getFile }
}

/** Names in lower case; values as they are, where they are text. */
function lowerCased(headers: unknown): HeaderValues {
  if (!isFields(headers)) return {}
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : [])))
}
