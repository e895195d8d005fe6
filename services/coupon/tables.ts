import type { ClaimOutcome } from '@suanpan/contracts/coupon'
import { defineTable } from '@suanpan/runtime/store'

export interface CouponRow {
  readonly couponId: string
  readonly userId: string
  readonly discountFen: number
  readonly minimumSpendFen: number
  /** Epoch ms; null: never. */
  readonly expiresAt: number | null
  readonly holderOrderId: string | null
}

export const coupons = defineTable<CouponRow>({
  name: 'coupon',
  key: 'couponId',
  columns: { couponId: 'text', userId: 'text', discountFen: 'integer', minimumSpendFen: 'integer', expiresAt: 'integer?', holderOrderId: 'text?' },
})

export type ClaimState = 'held' | 'spent' | 'released' | 'refused'

export interface ClaimRow {
  readonly orderId: string
  readonly state: ClaimState
  /** Null for a tombstone. */
  readonly couponId: string | null
  /** Who placed the order; null for a tombstone. */
  readonly userId: string | null
  readonly discountFen: number
  /** Why it was refused; kept so that asking again gets the same answer. */
  readonly refusal: ClaimOutcome | null
  readonly takenAt: number
  /** 0 while held. */
  readonly settledAt: number
}

export const claims = defineTable<ClaimRow>({
  name: 'coupon_claim',
  key: 'orderId',
  columns: {
    orderId: 'text',
    state: 'text',
    couponId: 'text?',
    userId: 'text?',
    discountFen: 'integer',
    refusal: 'text?',
    takenAt: 'integer',
    settledAt: 'integer',
  },
})
