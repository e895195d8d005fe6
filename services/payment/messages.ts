import type { ChannelName } from '@suanpan/channels'
import type { Channel } from '@suanpan/contracts/payment'
import { topics } from '@suanpan/contracts/topics'
import { messageTo, type OutgoingMessage } from '@suanpan/runtime/bus'
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
  return messageTo(topics.paymentPaid, orderId, `payment_paid:${paymentId}`, body, at, traceparent)
}

/** A refund is over. One message a refund, ever: it ends once. How it ended is part of the id: what is announced is what is said. */
export function refundSettledMessage({ refundId, paymentId, orderId, amountFen, surplus, state, reason, traceparent }: RefundRow, at: number): OutgoingMessage {
  const body = { refundId, paymentId, orderId, amountFen, done: state === 'done', surplus: surplus === 1, detail: reason }
  return messageTo(topics.paymentRefundSettled, orderId, `refund_${state}:${refundId}`, body, at, traceparent)
}

/** For the record: what was quarantined, and what an operator decided. */
export function notedMessage({ quarantineId, paymentId, orderId, at }: QuarantineRow, what: string, detail: string, traceparent: string): OutgoingMessage {
  const body = { paymentId, orderId, what, detail }
  return messageTo(topics.paymentNoted, orderId === '' ? paymentId : orderId, `${what}:${quarantineId}`, body, at, traceparent)
}
