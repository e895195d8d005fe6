import { CancelOutcome, type PlaceCommand } from '@suanpan/contracts/order'
import type { FastifyRequest } from 'fastify'
import { identityOf, type EdgeContext, type Server } from '../context.ts'
import { decodeCursor, nextOf, pageSize } from '../cursors.ts'
import { orderBody, placed, requestDigest, wireStates, type PlaceBody } from '../orders.ts'
import { createPlace } from '../placing.ts'
import { Problem } from '../problems.ts'
import { idempotencyKeyOf, traceOf } from '../request-headers.ts'
import { emptyBodySchema, limits, orderParams, orderSchema, orderStateSchema, pageOf, pageQuery, placeBodySchema, strictObject } from '../schemas.ts'
import { answered } from '../services.ts'
import { Type } from 'typebox'

/** What customers do with their orders. */
export function orderRoutes(server: Server, context: EdgeContext): void {
  const { services } = context
  const place = createPlace(context)
  server.post(
    '/api/orders',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        summary: 'Place an order',
        description:
          'Needs an `Idempotency-Key` (1 to 200 printable ASCII characters): the same key and body get the same answer, marked `Idempotency-Replayed: true`. ' +
          'With `Prefer: respond-async` the answer is 202 as soon as the order is durable.',
        tags: ['orders'],
        security: [{ bearer: [] }],
        body: placeBodySchema,
        response: { 201: orderSchema, 202: orderSchema },
        problems: [
          'unknown_sku',
          'out_of_stock',
          'coupon_not_usable',
          'insufficient_balance',
          'confirm_failed',
          'timed_out',
          'customer',
          'idempotency_key_reused',
        ],
      },
    },
    async (request, reply) => {
      const command = commandOf(request, request.body, context)
      const answer = answered(await place(command))
      if (answer.replayed) void reply.header('idempotency-replayed', 'true')
      const { status, order } = placed(answer)
      if (command.respondAsync && status === 202) void reply.header('preference-applied', 'respond-async')
      return reply.code(status).header('location', `/api/orders/${order.orderId}`).send(order)
    },
  )

  server.get(
    '/api/orders/:orderId',
    {
      schema: {
        summary: 'One of your orders',
        tags: ['orders'],
        security: [{ bearer: [] }],
        params: orderParams,
        response: { 200: orderSchema },
        problems: ['not_found'],
      },
    },
    async (request) => {
      const { orderId } = request.params
      const { order } = answered(await services.order.getOrder({ orderId, userId: identityOf(request).userId, withEvents: false }, services.ask()))
      if (order === undefined) throw new Problem('not_found', `you have no order ${orderId}`)
      return orderBody(order)
    },
  )

  server.get(
    '/api/orders',
    {
      schema: {
        summary: 'Your orders, newest first',
        description: 'A page may be short, even empty, and still have a `next`: it looks at a bounded number of orders.',
        tags: ['orders'],
        security: [{ bearer: [] }],
        querystring: strictObject({ ...pageQuery, state: Type.Optional(orderStateSchema) }),
        response: { 200: pageOf(orderSchema) },
      },
    },
    async (request) => {
      const { limit, cursor, state } = request.query
      const { userId } = identityOf(request)
      const page = { userId, state: state === undefined ? undefined : wireStates[state], limit: pageSize(limit), beforeOrderId: decodeCursor(cursor) }
      const { orders, nextBeforeOrderId } = answered(await services.order.listOrders(page, services.ask()))
      return { items: orders.map(orderBody), ...nextOf(nextBeforeOrderId) }
    },
  )
  cancelRoute(server, context)
}

function cancelRoute(server: Server, { services, random }: EdgeContext): void {
  server.post(
    '/api/orders/:orderId/cancel',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        summary: 'Cancel an order that is not paid',
        tags: ['orders'],
        security: [{ bearer: [] }],
        params: orderParams,
        body: emptyBodySchema,
        response: { 200: orderSchema },
        problems: ['not_found', 'not_cancellable'],
      },
    },
    async (request) => {
      const { orderId } = request.params
      const { outcome, order } = answered(
        await services.order.cancelOrder({ orderId, userId: identityOf(request).userId }, { ...services.askPlatform(), traceparent: traceOf(request, random) }),
      )
      switch (outcome) {
        case CancelOutcome.CANCELLED:
          if (order === undefined) throw new Error('the order service answered without an order')
          return orderBody(order)
        case CancelOutcome.NOT_FOUND:
          throw new Problem('not_found', `you have no order ${orderId}`)
        case CancelOutcome.NOT_CANCELLABLE:
          throw new Problem('not_cancellable', `order ${orderId} was paid; nothing was changed`, { orderId })
        case CancelOutcome.UNAVAILABLE:
          throw new Problem('unavailable', `whether order ${orderId} is being paid is not known at this moment; nothing was cancelled`, {
            orderId,
            retryAfterSeconds: 5,
          })
        case CancelOutcome.UNSPECIFIED:
          throw new Problem('unavailable', 'what became of the order is not known; ask for it', { retryAfterSeconds: 1 })
      }
    },
  )
}

function commandOf(request: FastifyRequest, body: PlaceBody, { settings, random }: EdgeContext): PlaceCommand {
  const { userId } = identityOf(request)
  const { items, couponId, useBalanceFen = 0 } = body
  return {
    userId,
    idempotencyKey: idempotencyKeyOf(request),
    requestDigest: requestDigest(body),
    lines: items,
    couponId,
    useBalanceFen: useBalanceFen === 'max' ? 0 : useBalanceFen,
    useAllBalance: useBalanceFen === 'max',
    respondAsync: prefersAsync(request),
    respondWithinMs: settings.respondWithinMs,
    traceparent: traceOf(request, random),
  }
}

/** RFC 7240: preferences that are not understood are ignored, and so are parameters of one that is. */
function prefersAsync(request: FastifyRequest): boolean {
  const preferences = request.headers['prefer']
  return (
    preferences !== undefined &&
    preferences
      .toString()
      .split(',')
      .some((preference) => preference.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
  )
}
