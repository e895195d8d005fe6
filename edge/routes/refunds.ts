import { Type } from 'typebox'
import { identityOf, type EdgeContext, type Server } from '../context.ts'
import { Problem } from '../problems.ts'
import { acceptedRefund, refundBody, refundDigest, refundRequestSchema, refundSchema } from '../refunds.ts'
import { idempotencyKeyOf, traceOf } from '../request-headers.ts'
import { forOperators } from '../responses.ts'
import { limits, orderParams } from '../schemas.ts'
import { answered } from '../services.ts'

/** Giving money back. */
export function refundRoutes(server: Server, { services, random }: EdgeContext): void {
  server.post(
    '/admin/orders/:orderId/refunds',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        ...forOperators,
        summary: 'Refund an order, in part or in whole',
        description:
          'Platform money goes back first, then balance; points are taken back in proportion. Needs an `Idempotency-Key`: the same key and body are the same refund. ' +
          '201: it is over. 202: the platform has still to hand its part back.',
        params: orderParams,
        body: refundRequestSchema,
        response: { 201: refundSchema, 202: refundSchema },
        problems: ['not_found', 'not_refundable', 'exceeds_paid', 'idempotency_key_reused'],
      },
    },
    async (request, reply) => {
      const { orderId } = request.params
      const { amountFen, reason } = request.body
      const traceparent = traceOf(request, random)
      const asked = {
        orderId,
        idempotencyKey: idempotencyKeyOf(request),
        requestDigest: refundDigest(request.body),
        amountFen,
        reason,
        operator: identityOf(request).userId,
        traceparent,
      }
      const answer = answered(await services.order.refundOrder(asked, { ...services.ask(), traceparent }))
      const { status, body } = acceptedRefund(answer, orderId)
      if (answer.replayed) void reply.header('idempotency-replayed', 'true')
      return reply.code(status).header('location', `/admin/orders/${orderId}/refunds`).send(body)
    },
  )

  server.get(
    '/admin/orders/:orderId/refunds',
    {
      schema: {
        ...forOperators,
        summary: 'The refunds of an order',
        params: orderParams,
        response: { 200: Type.Object({ items: Type.Array(refundSchema) }) },
        problems: ['not_found'],
      },
    },
    async ({ params: { orderId } }) => {
      const { order } = answered(await services.order.getOrder({ orderId, userId: '', withEvents: false }, services.ask()))
      if (order === undefined) throw new Problem('not_found', `there is no order ${orderId}`)
      const { refunds } = answered(await services.order.listRefunds({ orderId }, services.ask()))
      return { items: refunds.map(refundBody) }
    },
  )
}
