import { runAudit } from '@suanpan/audit'
import { Type } from 'typebox'
import { type EdgeContext, type Server } from '../context.ts'
import { decodeCursor, nextOf, pageSize } from '../cursors.ts'
import { orderBody, wireStates } from '../orders.ts'
import { Problem } from '../problems.ts'
import { forOperators } from '../responses.ts'
import { emptyBodySchema, orderParams, orderSchema, orderStateSchema, pageOf, pageQuery, strictObject, userIdSchema } from '../schemas.ts'
import { answered } from '../services.ts'
import { createSharedRuns } from '../shared-runs.ts'
import { readTimeline } from '../timeline.ts'

const deadLetterIdSchema = Type.String({ pattern: '^[0-9A-Za-z_.:~-]{1,200}$' })

const auditSchema = Type.Object({
  ok: Type.Boolean(),
  checkedAt: Type.Integer(),
  checks: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), examined: Type.Integer() })),
  violations: Type.Array(Type.Object({ check: Type.String(), orderId: Type.Optional(Type.String()), detail: Type.String() })),
  onTheWay: Type.Integer({ description: 'Orders that do not look right, and changed too lately to be judged' }),
})

const timelineSchema = Type.Object({
  order: orderSchema,
  entries: Type.Array(Type.Object({ at: Type.Integer(), source: Type.String(), what: Type.String(), detail: Type.String() })),
  next: Type.String({ description: 'What happens next, by itself' }),
})

const deadLetterSchema = Type.Object({
  id: Type.String(),
  group: Type.String(),
  topic: Type.String(),
  key: Type.String(),
  attempts: Type.Integer(),
  because: Type.String(),
  diedAt: Type.Integer(),
})

/** What operators look at and mend. */
export function operationsRoutes(server: Server, context: EdgeContext): void {
  const { services, rpc, clock, settings } = context

  server.get(
    '/admin/orders',
    {
      schema: {
        ...forOperators,
        summary: "Everybody's orders, newest first",
        description: 'A page may be short, even empty, and still have a `next`: it looks at a bounded number of orders.',
        querystring: strictObject({ ...pageQuery, state: Type.Optional(orderStateSchema), userId: Type.Optional(userIdSchema) }),
        response: { 200: pageOf(orderSchema) },
      },
    },
    async ({ query: { limit, cursor, state, userId = '' } }) => {
      const page = { userId, state: state === undefined ? undefined : wireStates[state], limit: pageSize(limit), beforeOrderId: decodeCursor(cursor) }
      const { orders, nextBeforeOrderId } = answered(await services.order.listOrders(page, services.ask()))
      return { items: orders.map(orderBody), ...nextOf(nextBeforeOrderId) }
    },
  )

  server.get(
    '/admin/orders/:orderId/timeline',
    {
      schema: {
        ...forOperators,
        summary: 'Everything that happened to an order, and what happens next',
        params: orderParams,
        response: { 200: timelineSchema },
        problems: ['not_found'],
      },
    },
    async ({ params: { orderId } }) => {
      const timeline = await readTimeline(context, orderId)
      if (timeline === undefined) throw new Problem('not_found', `there is no order ${orderId}`)
      return { ...timeline, order: orderBody(timeline.order), entries: [...timeline.entries] }
    },
  )

  const audit = createSharedRuns(() => {
    const deadLetters = async () => answered(await services.operations.listDeadLetters({ limit: 1_000, after: '' }, services.ask())).deadLetters.length
    return runAudit({ rpc, clock, graceMs: settings.auditGraceMs, deadLetters })
  })
  server.get(
    '/admin/audit',
    {
      schema: {
        ...forOperators,
        summary: 'Check the books of all services, now',
        description: 'One audit runs at a time: who asks while one does waits for its end, and gets the answer of the next one, with all others who wait.',
        response: { 200: auditSchema },
      },
    },
    async () => {
      const report = await audit()
      return { ...report, checks: [...report.checks], violations: [...report.violations] }
    },
  )

  server.get(
    '/admin/dead-letters',
    {
      schema: {
        ...forOperators,
        summary: 'Messages that no consumer could handle',
        querystring: strictObject(pageQuery),
        response: { 200: pageOf(deadLetterSchema) },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const size = pageSize(limit)
      const { deadLetters } = answered(await services.operations.listDeadLetters({ limit: size, after: decodeCursor(cursor) }, services.ask()))
      return { items: deadLetters, ...nextOf(deadLetters.length === size ? deadLetters.at(-1)?.id : undefined) }
    },
  )

  server.post(
    '/admin/dead-letters/:deadLetterId/replay',
    {
      schema: {
        ...forOperators,
        summary: 'Hand a dead letter to its consumer once more',
        params: strictObject({ deadLetterId: deadLetterIdSchema }),
        body: emptyBodySchema,
        response: { 202: Type.Object({ id: Type.String() }) },
        problems: ['not_found'],
      },
    },
    async ({ params: { deadLetterId } }, reply) => {
      const { found } = answered(await services.operations.replayDeadLetter({ id: deadLetterId }, services.ask()))
      if (!found) throw new Problem('not_found', `there is no dead letter ${deadLetterId}`)
      return reply.code(202).send({ id: deadLetterId })
    },
  )
}
