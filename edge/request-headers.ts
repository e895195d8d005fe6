import { isLoopbackHost } from '@suanpan/runtime/loopback-port'
import { traceparentOr } from '@suanpan/runtime/telemetry'
import type { Random } from '@suanpan/runtime/time'
import type { FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { Problem } from './problems.ts'

/** The caller's trace context, or a new one. */
export function traceOf(request: FastifyRequest, random: Random): string {
  const given = request.headers['traceparent']
  return traceparentOr(typeof given === 'string' ? given : undefined, random)
}

/** Throws `Problem` for a request without one. */
export function idempotencyKeyOf(request: FastifyRequest): string {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,200}$/.test(key) || isSentTwice(request, key)) {
    throw new Problem('invalid_request', 'Idempotency-Key: send one, of 1 to 200 printable ASCII characters')
  }
  return key
}

/** Two headers of one name arrive joined by a comma: who sent two keys does not know which one counts. */
function isSentTwice({ raw }: FastifyRequest, joined: string): boolean {
  return joined.includes(', ') && (raw.headersDistinct['idempotency-key']?.length ?? 0) > 1
}

/** What is wrong with whom a request is for. A page of the wide web whose name was turned to this machine must not sign in at a demo. */
export function hostProblem({ headers: { host }, httpVersion }: IncomingMessage, isDemo: boolean): Problem | undefined {
  if (host === undefined) return httpVersion === '1.1' ? new Problem('invalid_request', 'Host: HTTP/1.1 needs one') : undefined
  return isDemo && !isLoopbackHost(host) ? new Problem('invalid_request', 'Host: a demo answers as 127.0.0.1, [::1] or localhost only') : undefined
}
