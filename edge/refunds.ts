import { hash } from 'node:crypto'
import { OrderRefundState, RefundOrderOutcome, type OrderRefund, type RefundOrderResponse } from '@suanpan/contracts/order'
import { Type, type Static } from 'typebox'
import { Problem } from './problems.ts'
import { limits, strictObject, titleSchema } from './schemas.ts'
import { nameOf, type WireNames } from './wire-names.ts'

export const refundRequestSchema = strictObject({
  amountFen: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.fen, description: 'Default: everything that is left' })),
  reason: titleSchema,
})

const refundStates = ['processing', 'done', 'failed'] as const

const stateNames: WireNames<OrderRefundState, (typeof refundStates)[number]> = {
  [OrderRefundState.UNSPECIFIED]: undefined,
  [OrderRefundState.PROCESSING]: 'processing',
  [OrderRefundState.DONE]: 'done',
  [OrderRefundState.FAILED]: 'failed',
}

export const refundSchema = Type.Object(
  {
    refundId: Type.String({ description: 'Also the number of the refund at the platform' }),
    orderId: Type.String(),
    state: Type.Enum([...refundStates]),
    amountFen: Type.Integer(),
    platformFen: Type.Integer({ description: 'What the platform gives back' }),
    balanceFen: Type.Integer({ description: "What returns to the customer's balance" }),
    reason: Type.String(),
    requestedBy: Type.String({ description: 'The operator' }),
    createdAt: Type.Integer(),
    settledAt: Type.Optional(Type.Integer()),
  },
  { title: 'Refund' },
)
export type RefundBody = Static<typeof refundSchema>

export function refundBody({ state, settledAt, ...refund }: OrderRefund): RefundBody {
  return { ...refund, state: nameOf(stateNames, state), ...(settledAt === 0 ? {} : { settledAt }) }
}

/** Digest of what a body says: the same key with another digest is another request. */
export function refundDigest({ amountFen, reason }: Static<typeof refundRequestSchema>): string {
  return hash('sha256', JSON.stringify([amountFen ?? null, reason]), 'base64url')
}

/** How an answer to a refund is told over HTTP. Throws `Problem` for whatever is not a refund. */
export function acceptedRefund(
  { outcome, refund, refundableFen }: RefundOrderResponse,
  orderId: string,
): { readonly status: 201 | 202; readonly body: RefundBody } {
  switch (outcome) {
    case RefundOrderOutcome.ACCEPTED: {
      if (refund === undefined) throw new Error('the order service answered without a refund')
      const body = refundBody(refund)
      return { status: body.state === 'processing' ? 202 : 201, body }
    }
    case RefundOrderOutcome.NOT_FOUND:
      throw new Problem('not_found', `there is no order ${orderId}`)
    case RefundOrderOutcome.NOT_REFUNDABLE:
      throw new Problem('not_refundable', `order ${orderId} is not paid, or nothing of it is left that is not refunded or being refunded`, { orderId })
    case RefundOrderOutcome.EXCEEDS_PAID:
      throw new Problem('exceeds_paid', `of order ${orderId} at most ${refundableFen} fen can be refunded; refunds under way count as gone`, { orderId })
    case RefundOrderOutcome.IDEMPOTENCY_KEY_REUSED:
      throw new Problem('idempotency_key_reused', 'this Idempotency-Key came with another body for this order before; this request has begun nothing', {
        orderId,
      })
    case RefundOrderOutcome.UNSPECIFIED:
      throw new Problem('unavailable', 'what became of the refund is not known; repeat the request with the same Idempotency-Key', {
        orderId,
        retryAfterSeconds: 1,
      })
  }
}
