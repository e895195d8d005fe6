import { Type } from 'typebox'
import { identityOf, type EdgeContext, type Server } from '../context.ts'
import { decodeCursor, nextOf, pageSize } from '../cursors.ts'
import { Problem } from '../problems.ts'
import { actionSchema, neededNotes, quarantineActions, quarantineBody, quarantineSchema, resolvedQuarantine } from '../quarantine.ts'
import { forOperators } from '../responses.ts'
import { limits, pageOf, pageQuery, strictObject, titleSchema } from '../schemas.ts'
import { answered } from '../services.ts'

const quarantineIdSchema = Type.String({ pattern: '^[0-9A-Za-z_.:~-]{1,200}$' })

/** What platforms signed and yet cannot be right. */
export function quarantineRoutes(server: Server, { services }: EdgeContext): void {
  server.get(
    '/admin/quarantine',
    {
      schema: {
        ...forOperators,
        summary: 'What platforms said that cannot be right, and waits for a decision',
        querystring: strictObject({ ...pageQuery, resolved: Type.Optional(Type.Enum(['true', 'false'], { description: '`true`: also what was decided' })) }),
        response: { 200: pageOf(quarantineSchema) },
      },
    },
    async ({ query: { limit, cursor, resolved } }) => {
      const size = pageSize(limit)
      const page = { limit: size, afterQuarantineId: decodeCursor(cursor), withResolved: resolved === 'true' }
      const { entries } = answered(await services.payment.listQuarantine(page, services.ask()))
      return { items: entries.map(quarantineBody), ...nextOf(entries.length === size ? entries.at(-1)?.quarantineId : undefined) }
    },
  )

  server.post(
    '/admin/quarantine/:quarantineId/resolve',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        ...forOperators,
        summary: 'Decide about something in the quarantine',
        description:
          '`query`: ask the platform again, and believe what it says now. `dismiss`: nothing is to be done, and no refund of yours waits; the note says why. ' +
          '`by_hand`: the platform will not do this refund, and you have given the money back; the note says how, and the refund is settled. ' +
          'The same decision again changes nothing; each is kept in the payment log.',
        params: strictObject({ quarantineId: quarantineIdSchema }),
        body: strictObject({ action: actionSchema, note: Type.Optional(titleSchema) }),
        response: { 200: quarantineSchema },
        problems: ['not_found', 'resolved_otherwise', 'still_wrong'],
      },
    },
    async (request) => {
      const { quarantineId } = request.params
      const { action, note = '' } = request.body
      const needed = neededNotes[action]
      if (needed !== undefined && note === '') throw new Problem('invalid_request', `body/note: say ${needed}`)
      const decision = { quarantineId, action: quarantineActions[action], operator: identityOf(request).userId, note }
      return resolvedQuarantine(answered(await services.payment.resolveQuarantine(decision, services.askPlatform())), quarantineId)
    },
  )
}
