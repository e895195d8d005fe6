import type { FastifyReply } from 'fastify'

const codes = {
  invalid_request: [400, 'Invalid request'],
  forbidden: [403, 'Forbidden'],
  not_found: [404, 'Not found'],
  not_payable: [409, 'Cannot be paid'],
  payload_too_large: [413, 'Payload too large'],
  unsupported_media_type: [415, 'Unsupported media type'],
  internal: [500, 'Internal error'],
} as const

export type ProblemCode = keyof typeof codes

/** A request to the sandbox itself that cannot be done, and why. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  constructor(code: ProblemCode, detail: string) {
    super(detail)
    this.code = code
  }
}

export function sendProblem(reply: FastifyReply, { code, message }: Problem): FastifyReply {
  const [status, title] = codes[code]
  return reply.code(status).type('application/problem+json').send({ type: 'about:blank', title, status, code, detail: message })
}

/** What the framework itself refuses, by its HTTP status. */
export function problemOfStatus(status: number, message: string): Problem {
  const code = (Object.keys(codes) as ProblemCode[]).find((each) => codes[each][0] === status) ?? (status < 500 ? 'invalid_request' : 'internal')
  return new Problem(code, code === 'internal' ? 'the sandbox has an error; its log tells which' : message.slice(0, 300))
}
