import { hash } from 'node:crypto'
import { CancelReason, OrderState, PlaceOutcome, type Order, type PlaceAnswer } from '@suanpan/contracts/order'
import type { OutcomeCode } from '@suanpan/contracts/outcomes'
import type { Static } from 'typebox'
import { Problem } from './problems.ts'
import type { orderStates, OrderBody, placeBodySchema } from './schemas.ts'
import { nameOf, type WireNames } from './wire-names.ts'

export type PlaceBody = Static<typeof placeBodySchema>

const stateNames: WireNames<OrderState, (typeof orderStates)[number]> = {
  [OrderState.UNSPECIFIED]: undefined,
  [OrderState.PENDING]: 'pending',
  [OrderState.AWAITING_PAYMENT]: 'awaiting_payment',
  [OrderState.PAID]: 'paid',
  [OrderState.PARTIALLY_REFUNDED]: 'partially_refunded',
  [OrderState.REFUNDED]: 'refunded',
  [OrderState.CANCELLED]: 'cancelled',
}

export const wireStates: { readonly [State in (typeof orderStates)[number]]: OrderState } = {
  pending: OrderState.PENDING,
  awaiting_payment: OrderState.AWAITING_PAYMENT,
  paid: OrderState.PAID,
  partially_refunded: OrderState.PARTIALLY_REFUNDED,
  refunded: OrderState.REFUNDED,
  cancelled: OrderState.CANCELLED,
}

/** A cancel reason is also the code of the problem that its customer is answered with. */
const reasonCodes: WireNames<CancelReason, OutcomeCode> = {
  [CancelReason.UNSPECIFIED]: undefined,
  [CancelReason.OUT_OF_STOCK]: 'out_of_stock',
  [CancelReason.COUPON_NOT_USABLE]: 'coupon_not_usable',
  [CancelReason.INSUFFICIENT_BALANCE]: 'insufficient_balance',
  [CancelReason.CONFIRM_FAILED]: 'confirm_failed',
  [CancelReason.TIMED_OUT]: 'timed_out',
  [CancelReason.UNPAID]: 'unpaid',
  [CancelReason.CUSTOMER]: 'customer',
}

export function stateName(state: OrderState): (typeof orderStates)[number] {
  return nameOf(stateNames, state)
}

/** An order as clients see it. */
export function orderBody({ state, cancelReason, couponId, expiresAt, refundedFen, ...order }: Order): OrderBody {
  return {
    ...order,
    state: stateName(state),
    ...(expiresAt === 0 ? {} : { expiresAt }),
    ...(cancelReason === undefined ? {} : { cancelReason: nameOf(reasonCodes, cancelReason) }),
    ...(couponId === undefined ? {} : { couponId }),
    ...(refundedFen === 0 ? {} : { refundedFen }),
  }
}

/** Digest of what a body says: two bodies that say the same in another spelling are the same request. */
export function requestDigest({ items, couponId, useBalanceFen }: PlaceBody): string {
  const said = [items.map(({ sku, quantity }) => [sku, quantity]), couponId ?? null, useBalanceFen ?? 0]
  return hash('sha256', JSON.stringify(said), 'base64url')
}

export interface Placed {
  readonly status: 201 | 202
  readonly order: OrderBody
}

/** How an answer to a placing is told over HTTP. Throws `Problem` for whatever is not an order. */
export function placed({ outcome, order, unknownSku }: PlaceAnswer): Placed {
  switch (outcome) {
    case PlaceOutcome.PLACED:
      return { status: 201, order: orderBody(present(order)) }
    case PlaceOutcome.ACCEPTED:
      return { status: 202, order: orderBody(present(order)) }
    case PlaceOutcome.REFUSED: {
      const { orderId, cancelReason = CancelReason.UNSPECIFIED } = present(order)
      const code = nameOf(reasonCodes, cancelReason)
      throw new Problem(code, `order ${orderId} was cancelled: ${code}`, { orderId })
    }
    case PlaceOutcome.IDEMPOTENCY_KEY_REUSED:
      throw new Problem('idempotency_key_reused', 'this Idempotency-Key came with another body before; this request has begun nothing')
    case PlaceOutcome.UNKNOWN_SKU:
      throw new Problem('unknown_sku', `there is no product ${unknownSku}; nothing was begun`)
    case PlaceOutcome.OVERLOADED:
      throw new Problem('overloaded', 'too many orders are waiting; this request has begun nothing', { retryAfterSeconds: 1 })
    case PlaceOutcome.UNAVAILABLE:
    case PlaceOutcome.UNSPECIFIED:
      throw new Problem('unavailable', 'what became of the order is not known yet; repeat the request with the same Idempotency-Key', {
        retryAfterSeconds: 1,
      })
  }
}

function present(order: Order | undefined): Order {
  if (order === undefined) throw new Error('the order service answered without an order')
  return order
}
