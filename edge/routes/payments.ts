import { channelNames, products, type ChannelName, type Product } from '@suanpan/channels'
import { Type, type Static } from 'typebox'
import { identityOf, type EdgeContext, type Server } from '../context.ts'
import { createdPayment, paymentBody, paymentSchema, wireChannels } from '../payments.ts'
import { Problem } from '../problems.ts'
import { traceOf } from '../request-headers.ts'
import { channelSchema, idSchema, limits, orderParams, strictObject } from '../schemas.ts'
import { answered } from '../services.ts'

const allProducts = channelNames.flatMap((channel): readonly Product[] => products[channel])

const paymentBodySchema = strictObject({
  channel: channelSchema,
  product: Type.Optional(
    Type.Enum(allProducts, { description: channelNames.map((channel) => `${channel}: ${products[channel].join(', ')}`).join('; ') + '; default: the first' }),
  ),
  openId: Type.Optional(Type.String({ pattern: '^[0-9A-Za-z_-]{1,128}$', description: 'Of `jsapi` only: whom WeChat knows the customer as' })),
})

/** How customers pay their orders. */
export function paymentRoutes(server: Server, { services, random }: EdgeContext): void {
  server.post(
    '/api/orders/:orderId/payments',
    {
      bodyLimit: limits.customerBodyBytes,
      schema: {
        summary: 'Begin to pay an order, or go on with the payment that is open',
        description:
          'Asking again for the same channel and product answers the same payment, as long as it is open. The order is paid once the platform says so.',
        tags: ['payments'],
        security: [{ bearer: [] }],
        params: orderParams,
        body: paymentBodySchema,
        response: { 201: paymentSchema },
        problems: ['not_found', 'order_not_payable', 'channel_not_offered', 'channel_refused'],
      },
    },
    async (request, reply) => {
      const { orderId } = request.params
      const { channel, product = '', openId = '' } = refuseOddProducts(request.body)
      const traceparent = traceOf(request, random)
      const asked = { orderId, userId: identityOf(request).userId, channel: wireChannels[channel], product, clientIp: request.ip, openId, traceparent }
      const payment = createdPayment(answered(await services.payment.createPayment(asked, { ...services.askPlatform(), traceparent })), orderId, channel)
      return reply.code(201).header('location', `/api/payments/${payment.paymentId}`).send(payment)
    },
  )

  server.get(
    '/api/payments/:paymentId',
    {
      schema: {
        summary: 'One of your payments',
        tags: ['payments'],
        security: [{ bearer: [] }],
        params: strictObject({ paymentId: idSchema }),
        response: { 200: paymentSchema },
        problems: ['not_found'],
      },
    },
    async (request) => {
      const { paymentId } = request.params
      const { payment } = answered(await services.payment.getPayment({ paymentId, userId: identityOf(request).userId }, services.ask()))
      if (payment === undefined) throw new Problem('not_found', `you have no payment ${paymentId}`)
      return paymentBody(payment)
    },
  )
}

/** What fits together only for some channels. Throws `Problem`. */
function refuseOddProducts(body: Static<typeof paymentBodySchema>): Static<typeof paymentBodySchema> {
  const { channel, product, openId } = body
  const known: readonly Product[] = products[channel satisfies ChannelName]
  if (product !== undefined && !known.includes(product)) throw new Problem('invalid_request', `body/product: ${channel} has ${known.join(', ')}`)
  if ((product === 'jsapi') !== (openId !== undefined)) throw new Problem('invalid_request', 'body/openId: jsapi needs it, and nothing else takes it')
  return body
}
