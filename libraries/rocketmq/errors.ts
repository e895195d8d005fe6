import { ClientException } from 'rocketmq-client-nodejs'

/**
 * - `refused`: nothing was stored, and the same again would be refused again: no such topic, wrong kind of message, too large.
 * - `unknown`: may or may not have been stored; the proxy or its broker is away, or too slow. Whoever sends again sends
 *   the same key.
 * - `closed`: nothing was done, because this client has been closed.
 */
export type FailureKind = 'refused' | 'unknown' | 'closed'

/** All that this library throws about messages. A `TypeError` is a wrong call. */
export class RocketMqError extends Error {
  override readonly name = 'RocketMqError'
  readonly kind: FailureKind
  /**
   * There is no such topic, or no such group: somebody has to create it. So it looks, too, while a broker that has come
   * back has not told its name servers yet (ten seconds), and as long as a proxy remembers having asked meanwhile (twenty).
   */
  get isMissing(): boolean {
    return saysMissing(this.message)
  }

  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, { cause })
    this.kind = kind
  }
}

/** How proxy and broker say that they have no such topic, or no such group. */
export const saysMissing = (reason: string): boolean => /No topic route info in name server|group not found/.test(reason)

/** Too many requests: the one refusal of the proxy that time mends. */
const tooManyRequests = 42_900
/** From here on the proxy speaks of itself and of its broker. */
const firstServerCode = 50_000

/** What an exception of the client means for the message that it is about. */
export function failureKind(error: unknown): FailureKind {
  if (error instanceof RocketMqError) return error.kind
  // The client checks type and size of a message by itself.
  if (error instanceof TypeError) return 'refused'
  if (error instanceof ClientException) return error.code >= firstServerCode || error.code === tooManyRequests ? 'unknown' : 'refused'
  // A client that could not be started wraps why.
  if (error instanceof Error && error.cause instanceof Error) return failureKind(error.cause)
  return 'unknown'
}

/** What the innermost error says: the client wraps those of its start. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && !(error instanceof RocketMqError) ? reasonOf(error.cause) : error.message
}
