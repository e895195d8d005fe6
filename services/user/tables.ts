import type { DebitOutcome } from '@suanpan/contracts/user'
import { defineTable } from '@suanpan/runtime/store'

export interface AccountRow {
  readonly userId: string
  readonly openingFen: number
  readonly creditedFen: number
  readonly debitedFen: number
  readonly balanceFen: number
}

export const accounts = defineTable<AccountRow>({
  name: 'account',
  key: 'userId',
  columns: { userId: 'text', openingFen: 'integer', creditedFen: 'integer', debitedFen: 'integer', balanceFen: 'integer' },
})

export type DebitState = 'held' | 'released' | 'refused'

export interface DebitRow {
  readonly orderId: string
  readonly state: DebitState
  /** Null for a tombstone. */
  readonly userId: string | null
  readonly amountFen: number
  /** Why it was refused; kept so that asking again gets the same answer. */
  readonly refusal: DebitOutcome | null
  /** Of the amount, by all refunds so far. */
  readonly refundedFen: number
  readonly takenAt: number
  /** 0 while held. */
  readonly settledAt: number
}

export const debits = defineTable<DebitRow>({
  name: 'balance_debit',
  key: 'orderId',
  columns: {
    orderId: 'text',
    state: 'text',
    userId: 'text?',
    amountFen: 'integer',
    refusal: 'text?',
    refundedFen: 'integer',
    takenAt: 'integer',
    settledAt: 'integer',
  },
})

export interface RefundRow {
  readonly refundId: string
  readonly orderId: string
  readonly userId: string
  readonly amountFen: number
  readonly creditedAt: number
}

export const refunds = defineTable<RefundRow>({
  name: 'balance_refund',
  key: 'refundId',
  columns: { refundId: 'text', orderId: 'text', userId: 'text', amountFen: 'integer', creditedAt: 'integer' },
})
