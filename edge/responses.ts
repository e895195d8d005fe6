import { outcomes, type OutcomeCode } from '@suanpan/contracts/outcomes'
import type { TSchema } from 'typebox'
import { problemSchema } from './schemas.ts'

/** A route's answers for validation and documentation: its own, and one problem for each status of these codes. */
export function answers<Bodies extends Record<number, TSchema>>(bodies: Bodies, codes: readonly OutcomeCode[]): Bodies {
  const problems: Record<number, TSchema> = {}
  for (const status of new Set(codes.map((code) => outcomes[code].status))) {
    const described = codes.filter((code) => outcomes[code].status === status).map((code) => `\`${code}\`: ${outcomes[code].title}`)
    problems[status] = { ...problemSchema, description: described.join('\n\n') }
  }
  return { ...problems, ...bodies }
}

/** What the documentation says of every route for operators. */
export const forOperators = { tags: ['admin'], security: [{ bearer: [] }] }
