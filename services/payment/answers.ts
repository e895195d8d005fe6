import type { Payment, PaymentState as WireState } from '@suanpan/contracts/payment'
import { wireChannels } from './messages.ts'
import type { PaymentRow } from './tables.ts'

/** An attempt as customers and other services see it: whether it is being made or was refused is ours to know. */
export function toWire(payment: PaymentRow): Payment {
  const { paymentId, orderId, userId, channel, product, amountFen, createdAt, expiresAt, refundedFen, link } = payment
  return {
    paymentId,
    orderId,
    userId,
    channel: wireChannels[channel],
    product,
    amountFen,
    state: stateOf(payment),
    createdAt,
    expiresAt,
    refundedFen,
    payUrl: link?.kind === 'redirect' ? link.payUrl : undefined,
    codeUrl: link?.kind === 'code' ? link.codeUrl : undefined,
    bridgeParameters: link?.kind === 'bridge' ? JSON.stringify(link.parameters) : undefined,
  }
}

function stateOf({ state, amountFen, refundingFen, refundedFen }: PaymentRow): WireState {
  switch (state) {
    case 'creating':
    case 'pending':
    case 'refused':
      return 'PAYMENT_STATE_PENDING'
    case 'closed':
      return 'PAYMENT_STATE_CLOSED'
    case 'paid':
      if (refundingFen > 0) return 'PAYMENT_STATE_REFUNDING'
      return refundedFen === amountFen ? 'PAYMENT_STATE_REFUNDED' : 'PAYMENT_STATE_PAID'
  }
}
