import type { ChannelName } from '@suanpan/channels'
import type { Channel } from '@suanpan/contracts/payment'
import { topics, type Topic } from '@suanpan/contracts/topics'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import type { PaymentRow, QuarantineRow, RefundRow } from './tables.ts'

export const wireChannels: { readonly [Name in ChannelName]: Channel } = { alipay: 'CHANNEL_ALIPAY', wechat: 'CHANNEL_WECHAT' }

/** Undefined: a channel that this version does not know. */
export function channelName(channel: Channel): ChannelName | undefined {
  switch (channel) {
    case 'CHANNEL_ALIPAY':
      return 'alipay'
    case 'CHANNEL_WECHAT':
      return 'wechat'
    case 'CHANNEL_UNSPECIFIED':
      return undefined
  }
}

/** A platform has the money. One message an attempt, ever. */
export function paidMessage({ paymentId, orderId, channel, amountFen, paidAt, traceparent }: PaymentRow, at: number): OutgoingMessage {
  const body = { paymentId, orderId, channel: wireChannels[channel], amountFen, paidAt: paidAt ?? 0 }
  return message(topics.paymentPaid, `payment_paid:${paymentId}`, orderId, body, at, traceparent)
}

/** A refund is over. One message a refund, ever: it ends once. How it ended is part of the id: what is announced is what is said. */
export function refundSettledMessage({ refundId, paymentId, orderId, amountFen, surplus, state, reason, traceparent }: RefundRow, at: number): OutgoingMessage {
  const body = { refundId, paymentId, orderId, amountFen, done: state === 'done', surplus: surplus === 1, detail: reason }
  return message(topics.paymentRefundSettled, `refund_${state}:${refundId}`, orderId, body, at, traceparent)
}

/** For the record: what was quarantined, and what an operator decided. */
export function notedMessage({ quarantineId, paymentId, orderId, at }: QuarantineRow, what: string, detail: string, traceparent: string): OutgoingMessage {
  const body = { paymentId, orderId, what, detail }
  return message(topics.paymentNoted, `${what}:${quarantineId}`, orderId === '' ? paymentId : orderId, body, at, traceparent)
}

function message<Body>(topic: Topic<Body>, fact: string, key: string, body: Body, at: number, traceparent: string): OutgoingMessage {
  return { id: `${key}:${fact}`, topic: topic.name, key, body: topic.body.encode(body).finish(), at, traceparent }
}
