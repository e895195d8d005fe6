import { verify, type KeyObject } from 'node:crypto'
import type { SignatureFault } from '../machine/index.ts'
import { signContent, type Signer } from '../signing.ts'

/** Parameters of a request as they were sent: percent-decoded bytes, in whatever charset they say they are in. */
export interface Parameters {
  /** Names that came more than once. */
  readonly repeated: readonly string[]
  text(name: string): string
  /** What the signature covers: all but `sign` and what is empty, sorted by name. */
  signedContent(): Buffer
}

/** Of a query string and a form body together: the platform does not care what came where. */
export function readParameters(query: string, body: Buffer): Parameters {
  const values = new Map<string, Buffer>()
  const repeated: string[] = []
  for (const pair of [...query.split('&'), ...body.toString('latin1').split('&')]) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = percentDecoded(equals < 0 ? pair : pair.slice(0, equals)).toString('utf8')
    if (values.has(name)) repeated.push(name)
    values.set(name, percentDecoded(equals < 0 ? '' : pair.slice(equals + 1)))
  }
  const charset = (values.get('charset') ?? Buffer.from('utf-8')).toString('latin1').toLowerCase()
  const decoder = new TextDecoder(charset === 'gbk' || charset === 'gb2312' ? 'gbk' : 'utf-8')
  return {
    repeated,
    text: (name) => decoder.decode(values.get(name) ?? Buffer.alloc(0)),
    signedContent: () => {
      const names = [...values.keys()].filter((name) => name !== 'sign' && values.get(name)?.length !== 0).sort()
      return Buffer.concat(names.flatMap((name, index) => [Buffer.from(`${index === 0 ? '' : '&'}${name}=`), values.get(name) ?? Buffer.alloc(0)]))
    },
  }
}

/** `%E7%AE%97` and `+` as bytes. */
function percentDecoded(text: string): Buffer {
  const bytes: number[] = []
  for (let index = 0; index < text.length; index++) {
    const hex = /^%([0-9A-Fa-f]{2})/.exec(text.slice(index, index + 3))?.[1]
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16))
      index += 2
    } else {
      bytes.push(text[index] === '+' ? 0x20 : text.charCodeAt(index))
    }
  }
  return Buffer.from(bytes)
}

export function isSignedBy(parameters: Parameters, publicKey: KeyObject): boolean {
  return verify('sha256', parameters.signedContent(), publicKey, Buffer.from(parameters.text('sign'), 'base64'))
}

/**
 * What the platform sends to the merchant, in a notification or with the buyer's way back: unlike in a request,
 * `sign_type` is not covered by the signature.
 */
export function signedParameters(fields: Readonly<Record<string, string>>, signer: Signer, fault?: SignatureFault): Record<string, string> {
  const content = Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name] ?? ''}`)
    .join('&')
  const sign = signContent(content, signer, fault)
  return { ...fields, ...(sign === undefined ? {} : { sign }), sign_type: 'RSA2' }
}
