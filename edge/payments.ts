import type { ChannelName } from '@suanpan/channels'
import { Channel, CreatePaymentOutcome, PaymentState, type CreatePaymentResponse, type Payment } from '@suanpan/contracts/payment'
import { Type, type Static } from 'typebox'
import { Problem } from './problems.ts'
import { channelSchema } from './schemas.ts'
import { nameOf, type WireNames } from './wire-names.ts'

export const wireChannels: { readonly [Name in ChannelName]: Channel } = { alipay: Channel.ALIPAY, wechat: Channel.WECHAT }

const channelNames: WireNames<Channel, ChannelName> = {
  [Channel.UNSPECIFIED]: undefined,
  [Channel.ALIPAY]: 'alipay',
  [Channel.WECHAT]: 'wechat',
}

export function channelName(channel: Channel): ChannelName {
  return nameOf(channelNames, channel)
}

const paymentStates = ['pending', 'paid', 'closed', 'refunding', 'refunded'] as const

const stateNames: WireNames<PaymentState, (typeof paymentStates)[number]> = {
  [PaymentState.UNSPECIFIED]: undefined,
  [PaymentState.PENDING]: 'pending',
  [PaymentState.PAID]: 'paid',
  [PaymentState.CLOSED]: 'closed',
  [PaymentState.REFUNDING]: 'refunding',
  [PaymentState.REFUNDED]: 'refunded',
}

export const paymentSchema = Type.Object(
  {
    paymentId: Type.String({ description: 'Also the number of the trade at the platform' }),
    orderId: Type.String(),
    channel: channelSchema,
    product: Type.String(),
    amountFen: Type.Integer(),
    state: Type.Enum([...paymentStates]),
    payUrl: Type.Optional(Type.String({ description: 'Open this page to pay' })),
    codeUrl: Type.Optional(Type.String({ description: 'Show this as a QR code to pay' })),
    bridge: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Hand this to `WeixinJSBridge` to pay inside WeChat' })),
    createdAt: Type.Integer(),
    expiresAt: Type.Integer({ description: 'The platform takes no payment after this' }),
    refundedFen: Type.Optional(Type.Integer()),
  },
  { title: 'Payment' },
)
export type PaymentBody = Static<typeof paymentSchema>

/** A payment as customers see it. */
export function paymentBody(payment: Payment): PaymentBody {
  const { paymentId, orderId, channel, product, amountFen, state, createdAt, expiresAt, refundedFen, payUrl, codeUrl, bridgeParameters } = payment
  return {
    paymentId,
    orderId,
    channel: channelName(channel),
    product,
    amountFen,
    state: nameOf(stateNames, state),
    ...(payUrl === undefined ? {} : { payUrl }),
    ...(codeUrl === undefined ? {} : { codeUrl }),
    ...(bridgeParameters === undefined ? {} : { bridge: JSON.parse(bridgeParameters) as Record<string, string> }),
    createdAt,
    expiresAt,
    ...(refundedFen === 0 ? {} : { refundedFen }),
  }
}

/** How an answer to a new payment is told over HTTP. Throws `Problem` for whatever is not a payment. */
export function createdPayment({ outcome, payment }: CreatePaymentResponse, orderId: string, channel: ChannelName): PaymentBody {
  switch (outcome) {
    case CreatePaymentOutcome.CREATED:
      if (payment === undefined) throw new Error('the payment service answered without a payment')
      return paymentBody(payment)
    case CreatePaymentOutcome.ORDER_NOT_FOUND:
      throw new Problem('not_found', `you have no order ${orderId}`)
    case CreatePaymentOutcome.ORDER_NOT_PAYABLE:
      throw new Problem('order_not_payable', `order ${orderId} is not awaiting a payment, or its time to pay is over; look at its state`, { orderId })
    case CreatePaymentOutcome.CHANNEL_NOT_OFFERED:
      throw new Problem('channel_not_offered', `this shop does not take payments over ${channel} in this way`, { orderId })
    case CreatePaymentOutcome.CHANNEL_REFUSED:
      throw new Problem('channel_refused', `${channel} refuses to take this payment; nothing was paid, and order ${orderId} still awaits it`, { orderId })
    case CreatePaymentOutcome.UNAVAILABLE:
    case CreatePaymentOutcome.UNSPECIFIED:
      throw new Problem('unavailable', `${channel}, or the order service, did not answer; repeat the request to go on with the same payment`, {
        orderId,
        retryAfterSeconds: 2,
      })
  }
}
