import type { ChannelName, HeaderValues, NotificationFact, NotificationReader, ParsedNotification, Refusal } from './port.ts'

/** Both platforms' notifications are one or two KB. */
const maxBodyBytes = 64 * 1024

/** A reason not to believe a notification; thrown inside a reader, and answered by it. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly because: Refusal

  /** `detail` is for an operator's log: no signature, no key, nothing personal. */
  constructor(because: Refusal, detail: string) {
    super(detail)
    this.because = because
  }
}

export interface ReadNotification {
  readonly notificationId: string
  readonly fact: NotificationFact
}

/** The reader of a channel, given how it reads what is not too long; whatever `read` throws is a refusal. */
export function notificationReader(channel: ChannelName, read: (body: Uint8Array, headers: HeaderValues, now: number) => ReadNotification): NotificationReader {
  function parse(body: Uint8Array, headers: HeaderValues, now: number): ParsedNotification {
    try {
      if (body.byteLength === 0 || body.byteLength > maxBodyBytes) throw new Refused('malformed', `a body of ${body.byteLength} bytes`)
      return { kind: 'verified', notification: { channel, ...read(body, headers, now) } }
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', because: error.because, detail: error.message }
      return { kind: 'refused', because: 'malformed', detail: 'it could not be read' }
    }
  }
  return { channel, parse }
}

/** The one value of a header; refused if it is there twice, `undefined` if it is not there. */
export function headerOf(headers: HeaderValues, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined || typeof value === 'string') return value
  if (value.length > 1) throw new Refused('malformed', `the header ${name} is there ${value.length} times`)
  return value[0]
}

/** Refuses a body that is not said to be of `mediaType`, in UTF-8 as far as a charset is named. */
export function requireMediaType(headers: HeaderValues, mediaType: string): void {
  const [type = '', ...parameters] = (headerOf(headers, 'content-type') ?? '').toLowerCase().split(';')
  const others = parameters.map((parameter) => parameter.trim()).filter((parameter) => !/^charset="?utf-8"?$/.test(parameter))
  if (type.trim() !== mediaType || others.length > 0) throw new Refused('unsupported', `the content type is not ${mediaType} in UTF-8`)
}

const base64 = /^[0-9A-Za-z+/]+={0,2}$/

/** The bytes of a signature in base64; refused if it is anything else. */
export function signatureBytes(text: string): Buffer {
  if (!base64.test(text)) throw new Refused('bad_signature', 'the signature is not base64')
  return Buffer.from(text, 'base64')
}

/** What both platforms let a trade or a refund be called. Ours are narrower; a name of nobody's is still a name. */
const numberPattern = /^[0-9A-Za-z_\-|*@]{1,64}$/

/** The number of a trade, a refund or a notification; refused if it is none. */
export function numberIn(text: string, name: string): string {
  if (!numberPattern.test(text)) throw new Refused('malformed', `${name} is no number`)
  return text
}
