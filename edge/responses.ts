import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import type { FastifySchema } from 'fastify'
import type { TSchema } from 'typebox'
import type { Server } from './context.ts'
import { problemSchema } from './schemas.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** Codes of the problems that this route answers of its own accord. What all routes of its scope answer is added by `documentProblems`. */
    readonly problems?: readonly OutcomeCode[]
  }
}

/** One problem for each status of these codes, for the documentation. */
export function problemsOf(codes: readonly OutcomeCode[]): Record<number, TSchema> {
  const problems: Record<number, TSchema> = {}
  for (const status of new Set(codes.map((code) => outcomes[code].status))) {
    const described = codes.filter((code) => outcomes[code].status === status).map((code) => `\`${code}\`: ${outcomes[code].title}`)
    problems[status] = { ...problemSchema, description: described.join('\n\n') }
  }
  return problems
}

/** Whatever a route does: it may be asked without a host or by an address that is none, and there may be a bug in it. */
const ofAll: readonly OutcomeCode[] = ['invalid_request', 'internal_error']
const ofBodies: readonly OutcomeCode[] = ['payload_too_large', 'unsupported_media_type']

/** Every route of this scope answers, beside its own problems, those that its body brings along, and `codes`: what the scope's hooks and services answer. */
export function documentProblems(scope: Server, codes: readonly OutcomeCode[]): void {
  scope.addHook('onRoute', (route) => {
    const { problems = [], ...schema } = route.schema ?? {}
    route.schema = { ...schema, problems: [...new Set([...ofAll, ...problems, ...codes, ...(schema.body === undefined ? [] : ofBodies)])] }
  })
}

/** A route's schema as the documentation shows it. Routes do without: every problem is answered in one place, and needs no schema of theirs. */
export function documentedSchema({ problems = [], response, ...schema }: FastifySchema): FastifySchema {
  return { ...schema, response: Object.assign(problemsOf(problems), response) }
}

/** What the documentation says of every route for operators. */
export const forOperators = { tags: ['admin'], security: [{ bearer: [] }] }
