import { defineTable } from '@suanpan/runtime/store'
import type { Answered, CancelReason, EventName, OrderState, RefundState } from './states.ts'

/** A line of the order as it was priced when opened. */
export interface OrderItem {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly unitPriceFen: number
}

/** One fact of its life; most change its state. */
export interface OrderEvent {
  readonly name: EventName
  readonly fromState: OrderState | null
  readonly toState: OrderState
  readonly at: number
  readonly detail: { readonly [fact: string]: unknown }
}

export interface OrderRow {
  readonly orderId: string
  readonly userId: string
  readonly state: OrderState
  readonly answered: Answered
  readonly items: readonly OrderItem[]
  readonly couponId: string | null
  /** The balance asked for; 0 with `useAllBalance` 1: as much as there is. */
  readonly useBalanceFen: number
  readonly useAllBalance: number
  readonly itemsFen: number
  readonly discountFen: number
  readonly balanceFen: number
  readonly payableFen: number
  readonly createdAt: number
  readonly changedAt: number
  /** A pending order older than this is cancelled as `timed_out`. */
  readonly deadlineAt: number
  /** 0 until confirmed. */
  readonly expiresAt: number
  readonly dueAt: number | null
  readonly cancelReason: CancelReason | null
  /** The payment that paid it; null while none has. */
  readonly paymentId: string | null
  /** Given back, of `payableFen` and of `balanceFen`. */
  readonly platformRefundedFen: number
  readonly balanceRefundedFen: number
  /** Reserved of them by refunds under way. */
  readonly platformRefundingFen: number
  readonly balanceRefundingFen: number
  readonly events: readonly OrderEvent[]
  readonly traceparent: string
}

export const orders = defineTable<OrderRow>({
  name: 'orders',
  key: 'orderId',
  columns: {
    orderId: 'text',
    userId: 'text',
    state: 'text',
    answered: 'text',
    items: 'json',
    couponId: 'text?',
    useBalanceFen: 'integer',
    useAllBalance: 'integer',
    itemsFen: 'integer',
    discountFen: 'integer',
    balanceFen: 'integer',
    payableFen: 'integer',
    createdAt: 'integer',
    changedAt: 'integer',
    deadlineAt: 'integer',
    expiresAt: 'integer',
    dueAt: 'integer?',
    cancelReason: 'text?',
    paymentId: 'text?',
    platformRefundedFen: 'integer',
    balanceRefundedFen: 'integer',
    platformRefundingFen: 'integer',
    balanceRefundingFen: 'integer',
    events: 'json',
    traceparent: 'text',
  },
  fixed: ['userId', 'items', 'couponId', 'useBalanceFen', 'useAllBalance', 'itemsFen', 'createdAt', 'deadlineAt', 'traceparent'],
  isReadSoon: true,
})

export interface IdempotencyRow {
  readonly idempotencyId: string
  readonly orderId: string
  readonly requestDigest: string
}

export const idempotency = defineTable<IdempotencyRow>({
  name: 'idempotency',
  key: 'idempotencyId',
  columns: { idempotencyId: 'text', orderId: 'text', requestDigest: 'text' },
})

/** Keys are each user's own: the same text from two users is two keys. */
export function idempotencyId(userId: string, key: string): string {
  return `${userId}\n${key}`
}

export interface RefundRow {
  /** Also the number of the refund at the platform. */
  readonly refundId: string
  readonly orderId: string
  readonly requestDigest: string
  readonly state: RefundState
  /** The sum of the two parts. */
  readonly amountFen: number
  readonly platformFen: number
  readonly balanceFen: number
  readonly reason: string
  readonly createdAt: number
  /** 0 while processing. */
  readonly settledAt: number
  /** The operator. */
  readonly requestedBy: string
}

export const refunds = defineTable<RefundRow>({
  name: 'order_refund',
  key: 'refundId',
  columns: {
    refundId: 'text',
    orderId: 'text',
    requestDigest: 'text',
    state: 'text',
    amountFen: 'integer',
    platformFen: 'integer',
    balanceFen: 'integer',
    reason: 'text',
    createdAt: 'integer',
    settledAt: 'integer',
    requestedBy: 'text',
  },
})
