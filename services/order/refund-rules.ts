/**
 * A refund's life, one row per refund:
 *
 * `processing`: the platform has still to give its part back. Both parts are reserved on the order, so that refunds
 * under way and done together never exceed what was paid.
 * `done`: the platform gave its part back, or had none to give; balance, points and coupon follow by message.
 * `failed`: the platform refused for good. Nothing was moved, and what was reserved may be refunded otherwise.
 *
 * Only `processing` leads anywhere.
 */
import type { Change } from '@suanpan/runtime/store'
import { eventOf } from './rules.ts'
import type { OrderRow, RefundRow } from './tables.ts'

/** Who gives what back: what a platform was paid first, then the balance. */
export interface Parts {
  readonly platformFen: number
  readonly balanceFen: number
}

export type RefundPlan =
  | { readonly kind: 'possible'; readonly parts: Parts }
  /** It was not paid, or nothing is left. */
  | { readonly kind: 'not_refundable' }
  | { readonly kind: 'exceeds_paid'; readonly refundableFen: number }

/** What of an order can be given back now; what refunds under way have reserved counts as gone. `undefined`: all of it. */
export function planRefund(order: OrderRow, amountFen: number | undefined): RefundPlan {
  if (order.state !== 'paid' && order.state !== 'partially_refunded') return { kind: 'not_refundable' }
  const platformLeftFen = order.payableFen - order.platformRefundedFen - order.platformRefundingFen
  const balanceLeftFen = order.balanceFen - order.balanceRefundedFen - order.balanceRefundingFen
  const refundableFen = platformLeftFen + balanceLeftFen
  if (refundableFen === 0) return { kind: 'not_refundable' }
  const wantedFen = amountFen ?? refundableFen
  if (wantedFen > refundableFen) return { kind: 'exceeds_paid', refundableFen }
  const platformFen = Math.min(wantedFen, platformLeftFen)
  return { kind: 'possible', parts: { platformFen, balanceFen: wantedFen - platformFen } }
}

export interface RefundRequest {
  readonly refundId: string
  readonly orderId: string
  readonly requestDigest: string
  /** Absent: everything that is left. */
  readonly amountFen: number | undefined
  readonly reason: string
  readonly requestedBy: string
  /** As the order was when it was read: messages that say so stand ready. Absent: nothing was possible then. */
  readonly parts: Parts | undefined
  readonly at: number
}

export type RefundDecision =
  | { readonly kind: 'opened'; readonly refund: RefundRow }
  /** There was nothing for a platform to do. `isFull`: nothing is left of what was paid. */
  | { readonly kind: 'settled'; readonly refund: RefundRow; readonly isFull: boolean }
  | { readonly kind: 'known'; readonly refund: RefundRow }
  | { readonly kind: 'key_reused' | 'not_found' }
  /** The order has changed since it was read: read it again. */
  | { readonly kind: 'stale' }
  | Exclude<RefundPlan, { kind: 'possible' }>

type OrderOf = ReadonlyMap<string, OrderRow>

/** Begins a refund, once per refund id. */
export function decideRefund(request: RefundRequest, known: RefundRow | undefined, orderOf: OrderOf): Change<RefundRow, OrderRow, RefundDecision> {
  const { refundId, orderId, requestDigest, reason, requestedBy, parts, at } = request
  if (known !== undefined) return { outcome: known.requestDigest === requestDigest ? { kind: 'known', refund: known } : { kind: 'key_reused' } }
  const order = orderOf.get(orderId)
  if (order === undefined) return { outcome: { kind: 'not_found' } }
  const plan = planRefund(order, request.amountFen)
  if (plan.kind !== 'possible') return { outcome: plan }
  const { platformFen, balanceFen } = plan.parts
  if (platformFen !== parts?.platformFen || balanceFen !== parts.balanceFen) return { outcome: { kind: 'stale' } }
  const amountFen = platformFen + balanceFen
  const asked = { refundId, orderId, requestDigest, amountFen, platformFen, balanceFen, reason, requestedBy, createdAt: at }
  const refund: RefundRow = { ...asked, state: 'processing', settledAt: 0 }
  if (platformFen === 0) {
    const done: RefundRow = { ...refund, state: 'done', settledAt: at }
    const refunded = refundedOrder(order, done, at)
    return { outcome: { kind: 'settled', refund: done, isFull: refunded.state === 'refunded' }, guard: done, books: [refunded] }
  }
  const reserved: OrderRow = {
    ...order,
    platformRefundingFen: order.platformRefundingFen + platformFen,
    balanceRefundingFen: order.balanceRefundingFen + balanceFen,
    events: [...order.events, eventOf(order, order.state, 'refund_requested', at, { refundId, platformFen, balanceFen, reason, requestedBy })],
  }
  return { outcome: { kind: 'opened', refund }, guard: refund, books: [reserved] }
}

/** What became of the platform's part. */
export interface Settlement {
  readonly refundId: string
  readonly platformFen: number
  /** False: the platform refused it for good. */
  readonly done: boolean
  readonly detail: string
  readonly at: number
}

export type SettleDecision =
  | { readonly kind: 'done'; readonly isFull: boolean }
  | { readonly kind: 'failed' | 'already' | 'not_found' }
  /** Not what was asked for. The payment service lets no such refund through. */
  | { readonly kind: 'amount_differs' }

/** Settles a refund under way, once: what is reserved for it is given back, or free again. */
export function decideSettle(settlement: Settlement, known: RefundRow | undefined, orderOf: OrderOf): Change<RefundRow, OrderRow, SettleDecision> {
  if (known === undefined) return { outcome: { kind: 'not_found' } }
  if (known.state !== 'processing') return { outcome: { kind: 'already' } }
  if (settlement.platformFen !== known.platformFen) return { outcome: { kind: 'amount_differs' } }
  const order = orderOf.get(known.orderId)
  if (order === undefined) throw new Error(`refund ${known.refundId} is of order ${known.orderId}, which is not in the book`)
  const { at, detail } = settlement
  const released: OrderRow = {
    ...order,
    platformRefundingFen: order.platformRefundingFen - known.platformFen,
    balanceRefundingFen: order.balanceRefundingFen - known.balanceFen,
  }
  if (!settlement.done) {
    const event = eventOf(order, order.state, 'refund_failed', at, { refundId: known.refundId, detail })
    return { outcome: { kind: 'failed' }, guard: { ...known, state: 'failed', settledAt: at }, books: [{ ...released, events: [...order.events, event] }] }
  }
  const refunded = refundedOrder(released, known, at)
  return { outcome: { kind: 'done', isFull: refunded.state === 'refunded' }, guard: { ...known, state: 'done', settledAt: at }, books: [refunded] }
}

function refundedOrder(order: OrderRow, { refundId, platformFen, balanceFen }: RefundRow, at: number): OrderRow {
  const platformRefundedFen = order.platformRefundedFen + platformFen
  const balanceRefundedFen = order.balanceRefundedFen + balanceFen
  const state = platformRefundedFen + balanceRefundedFen === order.payableFen + order.balanceFen ? 'refunded' : 'partially_refunded'
  return {
    ...order,
    state,
    changedAt: at,
    platformRefundedFen,
    balanceRefundedFen,
    events: [...order.events, eventOf(order, state, 'refunded', at, { refundId, platformFen, balanceFen })],
  }
}
