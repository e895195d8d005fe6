import type { ChannelName, NotificationFact, PayLink, Product } from '@suanpan/channels'
import { defineTable } from '@suanpan/runtime/store'
import type { PaymentState, QuarantineReason, RefundState } from './states.ts'

/** Something that happened to an attempt. */
export interface PaymentEvent {
  readonly at: number
  readonly what: string
  readonly detail: string
}

export interface PaymentRow {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly channel: ChannelName
  readonly product: Product
  readonly amountFen: number
  readonly subject: string
  /** For products that are tied to one customer's device or account: a digest of it. Otherwise empty. */
  readonly customer: string
  readonly state: PaymentState
  readonly link: PayLink | null
  readonly tradeNo: string | null
  readonly paidAt: number | null
  readonly refundingFen: number
  readonly refundedFen: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly changedAt: number
  readonly queryAt: number | null
  readonly queries: number
  readonly events: readonly PaymentEvent[]
  readonly traceparent: string
}

export const payments = defineTable<PaymentRow>({
  name: 'payment',
  key: 'paymentId',
  columns: {
    paymentId: 'text',
    orderId: 'text',
    userId: 'text',
    channel: 'text',
    product: 'text',
    amountFen: 'integer',
    subject: 'text',
    customer: 'text',
    state: 'text',
    link: 'json?',
    tradeNo: 'text?',
    paidAt: 'integer?',
    refundingFen: 'integer',
    refundedFen: 'integer',
    createdAt: 'integer',
    expiresAt: 'integer',
    changedAt: 'integer',
    queryAt: 'integer?',
    queries: 'integer',
    events: 'json',
    traceparent: 'text',
  },
  fixed: ['orderId', 'userId', 'channel', 'product', 'amountFen', 'subject', 'customer', 'createdAt', 'expiresAt', 'traceparent'],
  isReadSoon: true,
})

/** An order as far as money at platforms is concerned. */
export interface PaymentOrderRow {
  readonly orderId: string
  /** 1: it is to be cancelled, and gets no new attempts. Written even where there was none: a later one is refused. */
  readonly barred: number
  readonly paymentIds: readonly string[]
  /** What platforms were paid for it, over all attempts. */
  readonly capturedFen: number
  readonly refundedFen: number
  readonly changedAt: number
}

export const paymentOrders = defineTable<PaymentOrderRow>({
  name: 'payment_order',
  key: 'orderId',
  columns: { orderId: 'text', barred: 'integer', paymentIds: 'json', capturedFen: 'integer', refundedFen: 'integer', changedAt: 'integer' },
})

export interface InboxRow {
  readonly inboxId: string
  readonly channel: ChannelName
  readonly paymentId: string
  readonly fact: NotificationFact
  readonly receivedAt: number
  readonly state: 'received' | 'settled' | 'quarantined'
  /** 0 while received. */
  readonly settledAt: number
}

export const inbox = defineTable<InboxRow>({
  name: 'payment_inbox',
  key: 'inboxId',
  columns: { inboxId: 'text', channel: 'text', paymentId: 'text', fact: 'json', receivedAt: 'integer', state: 'text', settledAt: 'integer' },
  fixed: ['channel', 'paymentId', 'fact', 'receivedAt'],
  isReadSoon: true,
})

export interface RefundRow {
  readonly refundId: string
  readonly channel: ChannelName
  readonly paymentId: string
  readonly orderId: string
  readonly amountFen: number
  readonly reason: string
  readonly surplus: number
  readonly state: RefundState
  readonly tries: number
  readonly askAt: number | null
  readonly createdAt: number
  readonly changedAt: number
  readonly traceparent: string
}

export const refunds = defineTable<RefundRow>({
  name: 'payment_refund',
  key: 'refundId',
  columns: {
    refundId: 'text',
    channel: 'text',
    paymentId: 'text',
    orderId: 'text',
    amountFen: 'integer',
    reason: 'text',
    surplus: 'integer',
    state: 'text',
    tries: 'integer',
    askAt: 'integer?',
    createdAt: 'integer',
    changedAt: 'integer',
    traceparent: 'text',
  },
  fixed: ['channel', 'paymentId', 'orderId', 'amountFen', 'reason', 'surplus', 'createdAt', 'traceparent'],
  isReadSoon: true,
})

export interface QuarantineRow {
  readonly quarantineId: string
  readonly channel: ChannelName
  readonly paymentId: string
  readonly orderId: string
  /** Empty where it is about the payment itself. */
  readonly refundId: string
  readonly reason: QuarantineReason
  readonly detail: string
  readonly at: number
  readonly resolution: '' | 'query' | 'dismiss' | 'by_hand'
  readonly resolvedAt: number
  readonly resolvedBy: string
  readonly note: string
}

export const quarantine = defineTable<QuarantineRow>({
  name: 'payment_quarantine',
  key: 'quarantineId',
  columns: {
    quarantineId: 'text',
    channel: 'text',
    paymentId: 'text',
    orderId: 'text',
    refundId: 'text',
    reason: 'text',
    detail: 'text',
    at: 'integer',
    resolution: 'text',
    resolvedAt: 'integer',
    resolvedBy: 'text',
    note: 'text',
  },
})

export interface ReconciliationRow {
  readonly reconciliationId: string
  readonly at: number
  readonly billEntries: number
  readonly matched: number
  readonly differences: number
}

export const reconciliations = defineTable<ReconciliationRow>({
  name: 'payment_reconciliation',
  key: 'reconciliationId',
  columns: { reconciliationId: 'text', at: 'integer', billEntries: 'integer', matched: 'integer', differences: 'integer' },
})
