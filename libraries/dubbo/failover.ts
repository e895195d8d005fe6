import type { Clock } from '@suanpan/runtime/time'
import type { Balancer, Candidate } from './balancing/balancers.ts'
import type { Attachments, Reply } from './call.ts'
import type { OutgoingCall } from './link.ts'

/** One that can be asked. */
export interface Askable<Request, Value> extends Candidate {
  call(call: OutgoingCall<Request>): Promise<Reply<Value>>
}

export interface Attempts<Request, Value> {
  readonly request: Request
  readonly attachments: Attachments
  /** For all attempts together. */
  readonly deadlineAt: number
  /** For each. */
  readonly timeoutMs: number
  readonly maxAttempts: number
  /** The same call twice does no harm. */
  readonly isIdempotent: boolean
  /** Asked anew for each attempt. */
  readonly candidates: () => readonly Askable<Request, Value>[]
  readonly balancer: Balancer
  readonly clock: Clock
}

/**
 * Asks one provider after the other until there is an answer. A call whose fate is unknown goes to a second one only if
 * it is declared idempotent; one that surely was not processed always does. Nobody is asked twice while there are others.
 */
export async function callWithFailover<Request, Value>(attempts: Attempts<Request, Value>): Promise<Reply<Value>> {
  const { request, attachments, deadlineAt, timeoutMs, maxAttempts, isIdempotent, candidates, balancer, clock } = attempts
  const asked = new Set<string>()
  let reply: Reply<Value> = { kind: 'not_processed', because: 'no_provider' }
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const now = clock.now()
    if (now >= deadlineAt) return attempt === 0 ? { kind: 'not_processed', because: 'deadline' } : reply
    const usable = candidates()
    const untried = usable.filter(({ address }) => !asked.has(address))
    const [first, ...others] = untried.length > 0 ? untried : usable
    if (first === undefined) return reply
    const provider = balancer([first, ...others])
    asked.add(provider.address)
    const latest = await provider.call({ request, attachments, deadlineAt: Math.min(deadlineAt, now + timeoutMs) })
    if (latest.kind === 'answered' || latest.kind === 'failed') return latest
    // Once a call's fate is unknown, a later attempt that was not processed does not make it certain again.
    if (latest.kind === 'unknown' || reply.kind !== 'unknown') reply = latest
    if (latest.kind === 'unknown' && !isIdempotent) return latest
  }
  return reply
}
