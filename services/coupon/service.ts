import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { Coupon, CouponServiceDefinition } from '@suanpan/contracts/coupon'
import type { OrderCancelled, OrderRefunded } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { paired } from '@suanpan/runtime/paired'
import type { Implementation } from '@suanpan/runtime/rpc'
import { decideInTurn, declareRows, type InTurn, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEffects } from './books.ts'
import { couponState, decideClaim, decideCoupon, decideRelease, decideReturn, type ClaimRequest, type Settling } from './rules.ts'
import { claims, coupons, type ClaimRow, type CouponRow } from './tables.ts'

/** The numbered SQL files of this service. */
export const couponSchema = new URL('./schema/', import.meta.url)

export interface CouponServiceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

export interface CouponService {
  readonly implementation: Implementation<typeof CouponServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** Messages of one transaction. */
const maxBatch = 500

export function createCouponService({ store, clock, marks }: CouponServiceOptions): CouponService {
  return {
    implementation: {
      importCoupons: async (request) => ({
        results: await store.transact((tx) => declareRows(tx, coupons, request.coupons, ({ couponId }) => couponId, decideCoupon)),
      }),
      claim: async (request) => {
        const at = clock.now()
        const requests = request.claims.map((claim): ClaimRequest => ({ ...claim, at }))
        const bookKeys = ({ couponId }: ClaimRequest) => [couponId]
        const answers = await store.transact((tx) => decideInTurn(tx, { guards: claims, books: coupons, requests, guardKey, bookKeys, decide: decideClaim }))
        return {
          results: paired(requests, answers).map(([{ orderId }, answer]) => ({ orderId, ...answer })),
        }
      },
      listCoupons: async ({ userId }) => {
        const at = clock.now()
        // Whoever has more of them than are listed sees what can be used before what is spent.
        const isUsable = 'CASE WHEN holder_order_id IS NULL AND (expires_at IS NULL OR expires_at > $2) THEN 0 ELSE 1 END'
        const rows = await store.read.query(`SELECT * FROM coupon WHERE user_id = $1 ORDER BY ${isUsable}, coupon_id LIMIT 1000`, [userId, at])
        return { coupons: rows.map((row) => toWire(coupons.fromSql(row), at)) }
      },
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => listEffects(store, request) },
    subscriptions: [
      subscriptionTo(topics.orderCancelled, { group: 'coupon.release', maxBatch, handle: release }),
      subscriptionTo(topics.orderRefunded, { group: 'coupon.return', maxBatch, handle: giveBack }),
    ],
  }

  async function release(messages: readonly ReadMessage<OrderCancelled>[]): Promise<Verdict[]> {
    const outcomes = await settle(messages, decideRelease)
    for (const outcome of outcomes) marks.mark(`coupon.release.${outcome}`)
    return messages.map(() => ({ kind: 'done' }))
  }

  /** Only the refund that leaves nothing of what was paid returns the coupon. */
  async function giveBack(messages: readonly ReadMessage<OrderRefunded>[]): Promise<Verdict[]> {
    const full = messages.filter(({ body }) => body.isFull)
    const outcomes = await settle(full, decideReturn)
    for (const outcome of outcomes) marks.mark(`coupon.return.${outcome}`)
    return messages.map(() => ({ kind: 'done' }))
  }

  function settle<Outcome>(
    messages: readonly ReadMessage<Pick<Settling, 'orderId'>>[],
    decide: InTurn<ClaimRow, CouponRow, Settling, Outcome>['decide'],
  ): Promise<Outcome[]> {
    const at = clock.now()
    const requests = messages.map(({ body }): Settling => ({ orderId: body.orderId, at }))
    return store.transact((tx) => decideInTurn(tx, { guards: claims, books: coupons, requests, guardKey, bookKeys: couponClaimed, decide }))
  }
}

function guardKey({ orderId }: Settling): string {
  return orderId
}

/** Whatever became of it: whether it is still held is for the rules alone to say. */
function couponClaimed(_: Settling, known: ClaimRow | undefined): readonly string[] {
  return known === undefined || known.couponId === null ? [] : [known.couponId]
}

function toWire(row: CouponRow, at: number): Coupon {
  const { couponId, discountFen, minimumSpendFen } = row
  return { couponId, discountFen, minimumSpendFen, state: couponState(row, at), expiresAt: row.expiresAt ?? undefined }
}
