/**
 * Reads HTTP/1.1 responses out of whatever pieces a socket delivers. Only what a JSON API answers: a status, a
 * `content-length`, a body. Anything else is refused with `BadResponse`, so that a misread answer cannot pass as one.
 */
export interface ResponseParser {
  /** Calls back once a complete response, before it returns; `bytes` may be reused afterwards. Throws `BadResponse`. */
  feed(bytes: Buffer): void
  /** Part of a response has come, and more must follow. */
  readonly isInside: boolean
}

export interface HttpResponse {
  readonly status: number
  /** Only valid during the call that hands it over. */
  readonly body: Buffer
  /** The server closes the connection after this one. */
  readonly closes: boolean
}

export class BadResponse extends Error {
  override readonly name = 'BadResponse'
}

const headEnd = Buffer.from('\r\n\r\n')
const maxHeadBytes = 64 * 1_024
/** A page of 1,000 orders is about 0.5 MB. */
const maxBodyBytes = 16 * 1_024 * 1_024
const nothing = Buffer.alloc(0)

interface Head {
  readonly status: number
  readonly closes: boolean
  readonly endsAt: number
  readonly bodyBytes: number
}

function bodyBytesOf(head: string, status: number): number {
  if (/^transfer-encoding:/im.test(head)) throw new BadResponse('transfer-encoding is not supported')
  const length = /^content-length: *(\d{1,9})\r?$/im.exec(head)?.[1]
  if (length !== undefined) return Number(length)
  if (status === 204 || status === 304) return 0
  throw new BadResponse('no content-length')
}

function headOf(bytes: Buffer): Head | undefined {
  const headBytes = bytes.indexOf(headEnd)
  if (headBytes === -1) {
    if (bytes.length > maxHeadBytes) throw new BadResponse('headers without end')
    return undefined
  }
  const head = bytes.toString('latin1', 0, headBytes)
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)[ \r]/.exec(head)?.[1])
  if (Number.isNaN(status)) throw new BadResponse(`not a response: ${head.slice(0, 40)}`)
  const bodyBytes = bodyBytesOf(head, status)
  if (bodyBytes > maxBodyBytes) throw new BadResponse(`a body of ${bodyBytes} bytes`)
  return { status, closes: /^connection: *close\r?$/im.test(head), endsAt: headBytes + headEnd.length, bodyBytes }
}

export function createResponseParser(onResponse: (response: HttpResponse) => void): ResponseParser {
  let kept = nothing
  return {
    get isInside() {
      return kept.length > 0
    },
    feed(bytes) {
      let rest = kept.length === 0 ? bytes : Buffer.concat([kept, bytes])
      kept = nothing
      while (rest.length > 0) {
        const head = headOf(rest)
        if (head === undefined || rest.length < head.endsAt + head.bodyBytes) {
          // The caller reuses its bytes; a concatenation is ours already.
          kept = Buffer.from(rest)
          return
        }
        const responseEndsAt = head.endsAt + head.bodyBytes
        onResponse({ status: head.status, closes: head.closes, body: rest.subarray(head.endsAt, responseEndsAt) })
        rest = rest.subarray(responseEndsAt)
      }
    },
  }
}
