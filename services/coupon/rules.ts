/**
 * A claim's life, one row per order:
 *
 * `held`: the order has the coupon; nobody else can claim it.
 * `spent`: the order was refunded in full, but the coupon had expired by then: it stays the order's for ever.
 * `released`: the order was cancelled, or refunded in full, and the coupon is free again; or the order was cancelled
 * before it claimed anything (a tombstone), so that a claim that comes too late is refused.
 * `refused`: the coupon was not this order's to use. Kept, so that asking again gets the same answer.
 *
 * Only `held` leads anywhere: to `released` or to `spent`.
 */
import type { ClaimOutcome, CouponClaim, CouponDeclaration, CouponState } from '@suanpan/contracts/coupon'
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { Change, Declared } from '@suanpan/runtime/store'
import type { ClaimRow, CouponRow } from './tables.ts'

export interface ClaimRequest extends CouponClaim {
  readonly at: number
}

export interface ClaimAnswer {
  readonly outcome: ClaimOutcome
  readonly discountFen: number
}

type CouponOf = ReadonlyMap<string, CouponRow>

/** Claims a coupon for an order. The same order again gets the answer of the first time. */
export function decideClaim(request: ClaimRequest, known: ClaimRow | undefined, couponOf: CouponOf): Change<ClaimRow, CouponRow, ClaimAnswer> {
  if (known !== undefined) return { outcome: repeatedAnswer(known) }
  const { orderId, couponId, userId, itemsFen, at } = request
  const coupon = couponOf.get(couponId)
  const refusal = refusalOf(request, coupon)
  if (refusal !== undefined || coupon === undefined) {
    const outcome = refusal ?? 'CLAIM_OUTCOME_NOT_OWNED'
    return {
      outcome: { outcome, discountFen: 0 },
      guard: { orderId, state: 'refused', couponId, userId, discountFen: 0, refusal: outcome, takenAt: at, settledAt: at },
    }
  }
  const discountFen = Math.min(coupon.discountFen, itemsFen)
  return {
    outcome: { outcome: 'CLAIM_OUTCOME_CLAIMED', discountFen },
    guard: { orderId, state: 'held', couponId, userId, discountFen, refusal: null, takenAt: at, settledAt: 0 },
    books: [{ ...coupon, holderOrderId: orderId }],
  }
}

/** Why this user cannot use this coupon for this order, if so. Another user's coupon looks like none at all. */
function refusalOf({ userId, itemsFen, at }: ClaimRequest, coupon: CouponRow | undefined): ClaimOutcome | undefined {
  if (coupon === undefined || coupon.userId !== userId) return 'CLAIM_OUTCOME_NOT_OWNED'
  if (coupon.holderOrderId !== null) return 'CLAIM_OUTCOME_TAKEN'
  if (isExpired(coupon, at)) return 'CLAIM_OUTCOME_EXPIRED'
  if (itemsFen < coupon.minimumSpendFen) return 'CLAIM_OUTCOME_BELOW_MINIMUM_SPEND'
  return undefined
}

function repeatedAnswer({ state, discountFen, refusal }: ClaimRow): ClaimAnswer {
  switch (state) {
    case 'held':
    case 'spent':
      return { outcome: 'CLAIM_OUTCOME_CLAIMED', discountFen }
    case 'refused':
      return { outcome: refusal ?? 'CLAIM_OUTCOME_NOT_OWNED', discountFen: 0 }
    case 'released':
      return { outcome: 'CLAIM_OUTCOME_ALREADY_RELEASED', discountFen: 0 }
  }
}

/** An order that was cancelled, or refunded in full. */
export interface Settling {
  readonly orderId: string
  readonly at: number
}

/** Frees the coupon that a cancelled order holds, or bars what it has not claimed yet. */
export function decideRelease(
  { orderId, at }: Settling,
  known: ClaimRow | undefined,
  couponOf: CouponOf,
): Change<ClaimRow, CouponRow, 'released' | 'barred' | 'nothing'> {
  if (known === undefined) {
    return {
      outcome: 'barred',
      guard: { orderId, state: 'released', couponId: null, userId: null, discountFen: 0, refusal: null, takenAt: at, settledAt: at },
    }
  }
  if (known.state !== 'held') return { outcome: 'nothing' }
  return { outcome: 'released', ...freed(known, heldCoupon(known, couponOf), at) }
}

/** Returns the coupon of an order that was refunded in full, unless it has expired. */
export function decideReturn(
  { at }: Settling,
  known: ClaimRow | undefined,
  couponOf: CouponOf,
): Change<ClaimRow, CouponRow, 'returned' | 'expired' | 'nothing'> {
  if (known?.state !== 'held') return { outcome: 'nothing' }
  const coupon = heldCoupon(known, couponOf)
  if (isExpired(coupon, at)) return { outcome: 'expired', guard: { ...known, state: 'spent', settledAt: at } }
  return { outcome: 'returned', ...freed(known, coupon, at) }
}

function heldCoupon({ orderId, couponId }: ClaimRow, couponOf: CouponOf): CouponRow {
  const coupon = couponOf.get(couponId ?? '')
  if (coupon === undefined) throw new Error(`order ${orderId} holds coupon ${couponId ?? ''}, which does not exist`)
  return coupon
}

function freed(claim: ClaimRow, coupon: CouponRow, at: number) {
  return { guard: { ...claim, state: 'released' as const, settledAt: at }, books: [{ ...coupon, holderOrderId: null }] }
}

/** Declares a coupon. One that an order holds cannot change. */
export function decideCoupon(known: CouponRow | undefined, declared: CouponDeclaration): Declared<CouponRow, ImportOutcome> {
  const { couponId, userId, discountFen, minimumSpendFen } = declared
  const row: CouponRow = { couponId, userId, discountFen, minimumSpendFen, expiresAt: declared.expiresAt ?? null, holderOrderId: null }
  if (known === undefined) return { outcome: 'IMPORT_OUTCOME_CREATED', row }
  const same = known.userId === userId && known.discountFen === discountFen && known.minimumSpendFen === minimumSpendFen && known.expiresAt === row.expiresAt
  if (same) return { outcome: 'IMPORT_OUTCOME_UNCHANGED' }
  if (known.holderOrderId !== null) return { outcome: 'IMPORT_OUTCOME_CONFLICT' }
  return { outcome: 'IMPORT_OUTCOME_UPDATED', row }
}

/** As its owner sees it. */
export function couponState(coupon: CouponRow, at: number): CouponState {
  if (coupon.holderOrderId !== null) return 'COUPON_STATE_CLAIMED'
  return isExpired(coupon, at) ? 'COUPON_STATE_EXPIRED' : 'COUPON_STATE_USABLE'
}

function isExpired({ expiresAt }: CouponRow, at: number): boolean {
  return expiresAt !== null && expiresAt <= at
}
