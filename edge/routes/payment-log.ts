import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { decodeCursor, nextOf, pageSize } from '../cursors.ts'
import { Problem } from '../problems.ts'
import { forOperators } from '../responses.ts'
import { idSchema, pageOf, pageQuery, strictObject } from '../schemas.ts'
import { answered } from '../services.ts'

const entrySchema = Type.Object(
  {
    sequence: Type.Integer(),
    at: Type.Integer(),
    topic: Type.String(),
    messageId: Type.String(),
    orderId: Type.String(),
    detail: Type.String({ description: 'Canonical JSON, as it was sealed' }),
    previousHash: Type.String(),
    hash: Type.String({ description: 'SHA-256 over the entry and `previousHash`; services/log/chain.ts has the layout' }),
  },
  { title: 'LogEntry' },
)

/** The payment log, for whoever wants to check it. */
export function paymentLogRoutes(server: Server, { services }: EdgeContext): void {
  server.get(
    '/admin/log',
    {
      schema: {
        ...forOperators,
        summary: 'The payment log, oldest first: each entry sealed by the hash of the one before',
        querystring: strictObject({ ...pageQuery, orderId: Type.Optional(idSchema) }),
        response: { 200: pageOf(entrySchema) },
      },
    },
    async ({ query: { limit, cursor, orderId } }) => {
      const size = pageSize(limit)
      const { entries } = answered(await services.log.listEntries({ afterSequence: sequenceIn(cursor), limit: size, orderId }, services.ask()))
      return { items: entries, ...nextOf(entries.length === size ? entries.at(-1)?.sequence.toString() : undefined) }
    },
  )
}

function sequenceIn(cursor: string | undefined): number {
  const sequence = Number(decodeCursor(cursor))
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw new Problem('invalid_request', 'cursor: take it from `next` of the page before')
  return sequence
}
