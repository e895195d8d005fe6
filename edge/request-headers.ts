import { traceparentOr } from '@suanpan/runtime/telemetry'
import type { Random } from '@suanpan/runtime/time'
import type { FastifyRequest } from 'fastify'
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
