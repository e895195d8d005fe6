import type { CheckBooksResponse, Effect, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { claims, coupons, type ClaimRow, type ClaimState, type CouponRow } from './tables.ts'

/**
 * Invariant 4: a coupon has a holder exactly while that one order, of its owner, holds a claim on it. Both tables are
 * walked, each looking the other up: nothing is kept in memory but a page.
 */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  await visitPages(read, claims, clock, async (rows) => {
    findings.examined('coupon.claims', rows.length)
    const held = rows.filter(({ state }) => hasCoupon(state))
    const couponOf = await read.get(coupons, held.map(couponIdOf))
    for (const claim of held) {
      const detail = claimFault(claim, couponOf.get(couponIdOf(claim)))
      if (detail !== undefined) findings.violation({ check: 'coupon.claims', orderId: claim.orderId, detail })
    }
  })
  await visitPages(read, coupons, clock, async (rows) => {
    findings.examined('coupon.holders', rows.length)
    const claimOf = await read.get(
      claims,
      rows.flatMap(({ holderOrderId }) => holderOrderId ?? []),
    )
    for (const coupon of rows) {
      const orderId = coupon.holderOrderId ?? ''
      const detail = holderFault(coupon, claimOf.get(orderId))
      if (detail !== undefined) findings.violation({ check: 'coupon.holders', orderId, detail })
    }
  })
  return findings.report()
}

function couponIdOf({ couponId }: ClaimRow): string {
  return couponId ?? ''
}

/** A spent coupon stays with its order. */
function hasCoupon(state: ClaimState): boolean {
  return state === 'held' || state === 'spent'
}

/** What is wrong with a claim that has its coupon. */
function claimFault(claim: ClaimRow, coupon: CouponRow | undefined): string | undefined {
  if (coupon === undefined) return `holds ${couponIdOf(claim)}, which does not exist`
  const { couponId, holderOrderId, userId, discountFen } = coupon
  if (holderOrderId !== claim.orderId) return `holds ${couponId}, which says it is held by ${holderOrderId ?? 'nobody'}`
  if (userId !== claim.userId) return `holds ${couponId} for ${claim.userId ?? 'nobody'}, but its owner is ${userId}`
  if (claim.discountFen > discountFen) return `gets ${claim.discountFen} fen off with ${couponId}, which is worth ${discountFen}`
  return undefined
}

/** What is wrong with what a coupon says about its holder; `claim` is that order's, if it has one. */
function holderFault({ couponId, holderOrderId }: CouponRow, claim: ClaimRow | undefined): string | undefined {
  if (holderOrderId === null) return undefined
  if (claim === undefined) return `${couponId} says it is held by this order, which has no claim`
  if (!hasCoupon(claim.state)) return `${couponId} says it is held by this order, whose claim is ${claim.state}`
  if (claim.couponId !== couponId) return `${couponId} says it is held by this order, which holds ${couponIdOf(claim)}`
  return undefined
}

const effectStates: { readonly [State in ClaimState]: Effect['state'] } = {
  held: 'EFFECT_STATE_HELD',
  spent: 'EFFECT_STATE_KEPT',
  released: 'EFFECT_STATE_RELEASED',
  refused: 'EFFECT_STATE_REFUSED',
}

export async function listEffects(store: Store, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(store.read, claims, { keys: orderIds, afterKey: afterOrderId, limit })
  return {
    effects: rows.map(({ orderId, state, couponId, discountFen, takenAt, settledAt }) => ({
      orderId,
      state: effectStates[state],
      amount: discountFen,
      subject: couponId ?? '',
      takenAt,
      settledAt,
    })),
  }
}
