import assert from 'node:assert/strict'
import type { CouponDeclaration } from '@suanpan/contracts/coupon'
import { topics } from '@suanpan/contracts/topics'
import { delivered } from '@suanpan/runtime/bus/testing'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createCouponService } from './service.ts'

interface Claiming {
  readonly orderId: string
  readonly couponId?: string
  readonly userId?: string
  readonly itemsFen?: number
}

/** Five yuan off for user-1. */
export function coupon(couponId: string, change: Partial<CouponDeclaration> = {}): CouponDeclaration {
  return { couponId, userId: 'user-1', discountFen: 500, minimumSpendFen: 0, expiresAt: undefined, ...change }
}

/** The service with what a test asks it, in one word each. A claim is for coupon cpn-1 by user-1 unless it says otherwise. */
export async function couponsOn(store: Store, declared: readonly CouponDeclaration[]) {
  const marks = countedMarks()
  const clock = manualClock(5_000)
  const service = createCouponService({ store, clock, marks })
  const [release, giveBack] = service.subscriptions
  assert.ok(release !== undefined && giveBack !== undefined)
  const importCoupons = async (...coupons: readonly CouponDeclaration[]) =>
    (await service.implementation.importCoupons({ coupons: [...coupons] }, directCall)).results.map(
      ({ key, outcome }) => `${key} ${outcome.replace('IMPORT_OUTCOME_', '')}`,
    )
  await importCoupons(...declared)
  return {
    clock,
    marks: marks.counts,
    importCoupons,
    claim: async (...claims: readonly Claiming[]) => {
      const asked = claims.map((claim) => ({ couponId: 'cpn-1', userId: 'user-1', itemsFen: 10_000, ...claim }))
      return (await service.implementation.claim({ claims: asked }, directCall)).results.map(
        ({ outcome, discountFen }) => `${outcome.replace('CLAIM_OUTCOME_', '')} ${discountFen}`,
      )
    },
    cancel: (...orderIds: readonly string[]) =>
      release.handle(orderIds.map((orderId) => delivered(topics.orderCancelled, orderId, { orderId, reason: 'CANCEL_REASON_CUSTOMER' }))),
    refund: (...refunds: readonly (readonly [orderId: string, isFull: boolean])[]) =>
      giveBack.handle(
        refunds.map(([orderId, isFull]) =>
          delivered(topics.orderRefunded, orderId, { refundId: `rf_${orderId}`, orderId, userId: 'user-1', amountFen: 100, balanceFen: 0, isFull }),
        ),
      ),
    list: async (userId = 'user-1') =>
      (await service.implementation.listCoupons({ userId }, directCall)).coupons.map(
        ({ couponId, state }) => `${couponId} ${state.replace('COUPON_STATE_', '')}`,
      ),
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ orderId, detail }) => `${orderId} ${detail}`),
    effects: async (page: { readonly orderIds?: string[]; readonly afterOrderId?: string; readonly limit?: number }) =>
      (await service.effects.listEffects({ orderIds: [], afterOrderId: '', limit: 100, ...page }, directCall)).effects,
  }
}
