import { defineTable } from '@suanpan/runtime/store'

export interface AccountRow {
  readonly userId: string
  readonly points: number
}

export const accounts = defineTable<AccountRow>({
  name: 'points_account',
  key: 'userId',
  columns: { userId: 'text', points: 'integer' },
})

export interface GrantRow {
  readonly orderId: string
  readonly userId: string
  /** As granted. */
  readonly points: number
  readonly paidFen: number
  /** By all refunds so far. */
  readonly refundedFen: number
  readonly takenBackPoints: number
  readonly grantedAt: number
  readonly changedAt: number
}

export const grants = defineTable<GrantRow>({
  name: 'points_grant',
  key: 'orderId',
  columns: {
    orderId: 'text',
    userId: 'text',
    points: 'integer',
    paidFen: 'integer',
    refundedFen: 'integer',
    takenBackPoints: 'integer',
    grantedAt: 'integer',
    changedAt: 'integer',
  },
})

export interface ReversalRow {
  readonly refundId: string
  readonly orderId: string
  readonly amountFen: number
  readonly points: number
  readonly reversedAt: number
}

export const reversals = defineTable<ReversalRow>({
  name: 'points_reversal',
  key: 'refundId',
  columns: { refundId: 'text', orderId: 'text', amountFen: 'integer', points: 'integer', reversedAt: 'integer' },
})
