import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'

/** A request that is answered with a problem (RFC 9457). Thrown by routes, turned into an answer in one place. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: OutcomeCode
  /** What was wrong with this very request; no secrets, nothing of another user. */
  readonly detail: string
  readonly orderId: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: OutcomeCode, detail: string, facts: { readonly orderId?: string; readonly retryAfterSeconds?: number } = {}) {
    super(`${code}: ${detail}`)
    this.code = code
    this.detail = detail
    this.orderId = facts.orderId
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: OutcomeCode
  readonly detail: string
  /** What may help: the same idempotency key, a new one, or neither. */
  readonly retry: string
  readonly orderId?: string
}

export function problemBody({ code, detail, orderId }: Problem): ProblemBody {
  const { status, title, retry } = outcomes[code]
  return { type: `/docs/problems#${code}`, title, status, code, detail, retry, ...(orderId === undefined ? {} : { orderId }) }
}

/** What the framework itself refuses, by its HTTP status. */
export function problemOfStatus(status: number, message: string): Problem {
  // It may quote the request, which may be long.
  const detail = message.slice(0, 200)
  switch (status) {
    case 401:
      return new Problem('unauthenticated', detail)
    case 404:
      return new Problem('not_found', detail)
    case 408:
      return new Problem('request_timeout', detail)
    case 413:
      return new Problem('payload_too_large', detail)
    case 415:
      return new Problem('unsupported_media_type', detail)
    case 429:
      return new Problem('rate_limited', detail, { retryAfterSeconds: 1 })
    default:
      return new Problem('invalid_request', detail)
  }
}
