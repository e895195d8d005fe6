import type { CheckBooksResponse, Effect, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { claims, coupons, type ClaimState } from './tables.ts'

/** Invariant 4: a coupon has a holder exactly while that one order holds a claim on it. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const holderOf = new Map<string, string>()
  const violations: Violation[] = []
  let examinedClaims = 0
  await visitPages(read, claims, clock, (rows) => {
    examinedClaims += rows.length
    for (const { orderId, state, couponId } of rows) {
      if (state !== 'held' || couponId === null) continue
      const other = holderOf.get(couponId)
      if (other !== undefined) violations.push({ check: 'coupon.claims', orderId, detail: `${couponId} is held by ${other}, too` })
      holderOf.set(couponId, orderId)
    }
  })
  let examinedCoupons = 0
  await visitPages(read, coupons, clock, (rows) => {
    examinedCoupons += rows.length
    for (const { couponId, holderOrderId } of rows) {
      const holder = holderOf.get(couponId) ?? null
      holderOf.delete(couponId)
      if (holder === holderOrderId) continue
      const detail = `${couponId} says it is held by ${holderOrderId ?? 'nobody'}, the claims say by ${holder ?? 'nobody'}`
      violations.push({ check: 'coupon.holders', orderId: holderOrderId ?? holder ?? '', detail })
    }
  })
  for (const [couponId, orderId] of holderOf) violations.push({ check: 'coupon.holders', orderId, detail: `${couponId} is held but does not exist` })
  const checks = [
    { name: 'coupon.claims', examined: examinedClaims },
    { name: 'coupon.holders', examined: examinedCoupons },
  ]
  return { checks, violations }
}

const effectStates: { readonly [State in ClaimState]: Effect['state'] } = {
  held: 'EFFECT_STATE_HELD',
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
