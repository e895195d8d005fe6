import type { IdempotencyRow, OrderEvent, OrderItem, OrderRow } from './tables.ts'
import type { CancelReason, OpenState, OrderState } from './states.ts'

/** What a customer asks for, with everything that is not a decision already looked up. */
export interface Opening {
  readonly orderId: string
  readonly userId: string
  readonly idempotencyId: string
  readonly requestDigest: string
  readonly items: readonly OrderItem[]
  readonly couponId: string | null
  readonly useBalanceFen: number
  readonly useAllBalance: boolean
  /** Answered 202 at once and worked off from the queue. */
  readonly queued: boolean
  readonly at: number
  readonly deadlineAt: number
  readonly traceparent: string
}

export type OpenDecision =
  /** `isNew` is false where an earlier try of this very opening was written without our knowing. */
  | { readonly kind: 'opened'; readonly order: OrderRow; readonly key: IdempotencyRow; readonly isNew: boolean }
  | { readonly kind: 'known'; readonly orderId: string }
  | { readonly kind: 'key_reused' }

/** Opens an order, unless its idempotency key is known: then the first request with that key is the one that counts. */
export function decideOpen(known: IdempotencyRow | undefined, opening: Opening): OpenDecision {
  if (known !== undefined && known.orderId !== opening.orderId) {
    return known.requestDigest === opening.requestDigest ? { kind: 'known', orderId: known.orderId } : { kind: 'key_reused' }
  }
  const itemsFen = opening.items.reduce((sum, item) => sum + item.quantity * item.unitPriceFen, 0)
  const order: OrderRow = {
    orderId: opening.orderId,
    userId: opening.userId,
    state: 'pending',
    answered: opening.queued ? 'accepted' : '',
    items: opening.items,
    couponId: opening.couponId,
    useBalanceFen: opening.useBalanceFen,
    useAllBalance: opening.useAllBalance ? 1 : 0,
    itemsFen,
    discountFen: 0,
    balanceFen: 0,
    payableFen: itemsFen,
    createdAt: opening.at,
    changedAt: opening.at,
    deadlineAt: opening.deadlineAt,
    expiresAt: 0,
    dueAt: opening.deadlineAt,
    cancelReason: null,
    paymentId: null,
    platformRefundedFen: 0,
    balanceRefundedFen: 0,
    platformRefundingFen: 0,
    balanceRefundingFen: 0,
    events: [{ name: 'opened', fromState: null, toState: 'pending', at: opening.at, detail: { itemsFen, queued: opening.queued } }],
    traceparent: opening.traceparent,
  }
  return {
    kind: 'opened',
    isNew: known === undefined,
    order,
    key: { idempotencyId: opening.idempotencyId, orderId: opening.orderId, requestDigest: opening.requestDigest },
  }
}

/** One call of the saga, kept with the event it led to, for the order's timeline. */
export interface SagaStep {
  readonly call: 'claim_coupon' | 'reserve_stock' | 'debit_balance'
  readonly at: number
  readonly tookMs: number
  readonly result: string
}

export interface Confirmation {
  readonly orderId: string
  readonly discountFen: number
  readonly balanceFen: number
  readonly expiresAt: number
  readonly at: number
  readonly steps: readonly SagaStep[]
}

export type MoveDecision =
  /** Moved now: write it, and send what follows from it. */
  | { readonly kind: 'moved'; readonly order: OrderRow }
  /** It was moved there before, by an earlier try of the same command. */
  | { readonly kind: 'already'; readonly order: OrderRow }
  /** It is somewhere from where this move does not exist: the row says where. */
  | { readonly kind: 'elsewhere'; readonly order: OrderRow }
  | { readonly kind: 'not_found' }

/** What a confirmed order is at once: paid where coupon and balance cover everything. */
export function confirmedState(payableFen: number): OrderState {
  return payableFen === 0 ? 'paid' : 'awaiting_payment'
}

/** Confirms a pending order: everything was taken. */
export function decideConfirm(order: OrderRow | undefined, confirmation: Confirmation): MoveDecision {
  if (order === undefined) return { kind: 'not_found' }
  const { discountFen, balanceFen, expiresAt, at } = confirmation
  if (order.state !== 'pending') return { kind: order.state === 'cancelled' ? 'elsewhere' : 'already', order }
  const payableFen = order.itemsFen - discountFen - balanceFen
  const state = confirmedState(payableFen)
  const moved: OrderRow = {
    ...order,
    state,
    answered: order.answered === '' ? 'placed' : order.answered,
    discountFen,
    balanceFen,
    payableFen,
    expiresAt,
    changedAt: at,
    dueAt: state === 'awaiting_payment' ? expiresAt : null,
    events: [...order.events, eventOf(order, state, 'confirmed', at, { discountFen, balanceFen, payableFen, steps: confirmation.steps })],
  }
  return { kind: 'moved', order: moved }
}

export interface Cancellation {
  readonly orderId: string
  readonly reason: CancelReason
  /**
   * Cancel from this state only: the saga and the sweeper of pending orders must not cancel what was confirmed meanwhile,
   * and an order that awaits payment is cancelled only by those who had its payments closed.
   */
  readonly from: OpenState
  /** Cancel only what is due by now: the sweeper looked before it locked. */
  readonly dueBy?: number
  readonly at: number
  readonly steps: readonly SagaStep[]
}

/** Cancels an order that is not paid. Who took something for it learns by message that it has to give it back. */
export function decideCancel(order: OrderRow | undefined, cancellation: Cancellation): MoveDecision {
  const { reason, from, dueBy, at, steps } = cancellation
  if (order === undefined) return { kind: 'not_found' }
  if (order.state === 'cancelled') return { kind: 'already', order }
  if (order.state !== from) return { kind: 'elsewhere', order }
  if (dueBy !== undefined && (order.dueAt === null || order.dueAt > dueBy)) return { kind: 'elsewhere', order }
  const moved: OrderRow = {
    ...order,
    state: 'cancelled',
    answered: order.answered === '' ? 'refused' : order.answered,
    changedAt: at,
    dueAt: null,
    cancelReason: reason,
    events: [...order.events, eventOf(order, 'cancelled', 'cancelled', at, steps.length > 0 ? { reason, steps } : { reason })],
  }
  return { kind: 'moved', order: moved }
}

/** Written, though the order stays where it is, and nobody else is told. */
interface Noted {
  readonly kind: 'noted'
  readonly order: OrderRow
}

type MoveDecisionOf<Kind extends MoveDecision['kind']> = Extract<MoveDecision, { readonly kind: Kind }>

export type AcceptDecision = Noted | MoveDecisionOf<'already' | 'not_found'>

/** Promises a customer who has waited long enough that the order is durable; a decided order keeps its decision. */
export function decideAccept(order: OrderRow | undefined): AcceptDecision {
  if (order === undefined) return { kind: 'not_found' }
  if (order.answered !== '') return { kind: 'already', order }
  return { kind: 'noted', order: { ...order, answered: 'accepted' } }
}

/** The first wait and the longest one before it is asked again whether an order's payments are closed. */
export interface CloseAgain {
  readonly firstMs: number
  readonly longestMs: number
}

export interface Postponement {
  readonly orderId: string
  readonly closeAgain: CloseAgain
  /** Postpone only what is due by now, as when cancelling. */
  readonly dueBy: number
  readonly at: number
}

export type PostponeDecision = Noted | MoveDecisionOf<'elsewhere' | 'not_found'>

/**
 * Puts off what is to be done with an unpaid order, because nobody knows yet whether it was paid: for as long again as
 * it has been over its time, within bounds. So the waits double, without being counted.
 */
export function decidePostpone(order: OrderRow | undefined, { closeAgain, dueBy, at }: Postponement): PostponeDecision {
  if (order === undefined) return { kind: 'not_found' }
  if (order.state !== 'awaiting_payment' || order.dueAt === null || order.dueAt > dueBy) return { kind: 'elsewhere', order }
  const waitMs = Math.min(closeAgain.longestMs, Math.max(closeAgain.firstMs, at - order.expiresAt))
  return { kind: 'noted', order: { ...order, dueAt: at + waitMs } }
}

/** What a platform was paid for an order, over one payment. */
export interface PlatformPayment {
  readonly orderId: string
  readonly paymentId: string
  readonly amountFen: number
  readonly at: number
}

export type SurplusReason = 'cancelled' | 'already_paid'

export type PayDecision =
  | MoveDecision
  /** The order has no use for this money: it goes back whole. Written, so that it is said once. */
  | { readonly kind: 'surplus'; readonly order: OrderRow; readonly reason: SurplusReason }
  /** Not what was to be paid. The payment service lets no such payment through. */
  | { readonly kind: 'amount_differs'; readonly order: OrderRow }

/** Pays an order that awaits it. The first payment counts, whichever it is; any other is a surplus. */
export function decidePay(order: OrderRow | undefined, payment: PlatformPayment): PayDecision {
  if (order === undefined) return { kind: 'not_found' }
  const { paymentId, amountFen, at } = payment
  switch (order.state) {
    case 'pending':
      return { kind: 'elsewhere', order }
    case 'awaiting_payment': {
      if (amountFen !== order.payableFen) return { kind: 'amount_differs', order }
      const event = eventOf(order, 'paid', 'paid', at, { paymentId, amountFen })
      return { kind: 'moved', order: { ...order, state: 'paid', paymentId, changedAt: at, dueAt: null, events: [...order.events, event] } }
    }
    case 'cancelled':
      return surplus(order, payment, 'cancelled')
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return order.paymentId === paymentId ? { kind: 'already', order } : surplus(order, payment, 'already_paid')
  }
}

function surplus(order: OrderRow, { paymentId, amountFen, at }: PlatformPayment, reason: SurplusReason): PayDecision {
  if (order.events.some(({ name, detail }) => name === 'payment_surplus' && detail['paymentId'] === paymentId)) return { kind: 'already', order }
  const event = eventOf(order, order.state, 'payment_surplus', at, { paymentId, amountFen, reason })
  return { kind: 'surplus', order: { ...order, events: [...order.events, event] }, reason }
}

export function eventOf(before: OrderRow, toState: OrderState, name: OrderEvent['name'], at: number, detail: OrderEvent['detail']): OrderEvent {
  return { name, fromState: before.state, toState, at, detail }
}
