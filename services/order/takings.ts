import { CatalogServiceDefinition, type Quoted } from '@suanpan/contracts/catalog'
import { ClaimOutcome, CouponServiceDefinition, type ClaimResult, type CouponClaim } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition, ReserveOutcome, type Reservation, type ReserveResult } from '@suanpan/contracts/inventory'
import { DebitOutcome, UserServiceDefinition, type BalanceDebit, type DebitResult } from '@suanpan/contracts/user'
import { batchedCall, type Reply, type Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import type { SagaStep } from './rules.ts'
import type { CancelReason } from './states.ts'
import type { OrderRow } from './tables.ts'

/** Calls of one order to the services that it takes from; each is batched with those of other orders. */
export interface Takings {
  quote(sku: string): Promise<Reply<Quoted>>
  claim(claim: CouponClaim): Promise<Reply<ClaimResult>>
  reserve(reservation: Reservation): Promise<Reply<ReserveResult>>
  debit(debit: BalanceDebit): Promise<Reply<DebitResult>>
}

export interface TakingsOptions {
  readonly rpc: Rpc
  readonly clock: Clock
  readonly callTimeoutMs: number
  /** How long orders wait for each other at the first call: then they go on together, in few large batches. */
  readonly collectMs: number
  readonly maxBatch: number
  readonly maxQueued: number
}

export function createTakings({ rpc, clock, callTimeoutMs, collectMs, maxBatch, maxQueued }: TakingsOptions): Takings {
  const catalog = rpc.client(CatalogServiceDefinition)
  const coupon = rpc.client(CouponServiceDefinition)
  const inventory = rpc.client(InventoryServiceDefinition)
  const user = rpc.client(UserServiceDefinition)
  const limits = { clock, timeoutMs: callTimeoutMs, maxItems: maxBatch, maxQueued }
  return {
    quote: batchedCall({
      name: 'catalog.quote',
      ...limits,
      collectMs,
      call: (skus: readonly string[], options) => catalog.quote({ skus: [...skus] }, options),
      results: (response) => response.quotes,
    }),
    claim: batchedCall({
      name: 'coupon.claim',
      ...limits,
      call: (claims: readonly CouponClaim[], options) => coupon.claim({ claims: [...claims] }, options),
      results: (response) => response.results,
    }),
    reserve: batchedCall({
      name: 'inventory.reserve',
      ...limits,
      call: (reservations: readonly Reservation[], options) => inventory.reserve({ reservations: [...reservations] }, options),
      results: (response) => response.results,
    }),
    debit: batchedCall({
      name: 'user.debit',
      ...limits,
      call: (debits: readonly BalanceDebit[], options) => user.debit({ debits: [...debits] }, options),
      results: (response) => response.results,
    }),
  }
}

export type Taken =
  | { readonly kind: 'taken'; readonly discountFen: number; readonly balanceFen: number }
  | { readonly kind: 'refused'; readonly reason: CancelReason }

/**
 * Takes coupon, stock and balance for an order, one after the other. Stops at the first refusal or unknown answer;
 * what was taken by then is given back by the cancellation that follows.
 */
export async function takeAll(order: OrderRow, takings: Takings, clock: Clock, steps: SagaStep[]): Promise<Taken> {
  const { orderId, userId, itemsFen } = order
  const step = async <Result extends { outcome: string }>(call: SagaStep['call'], reply: Promise<Reply<Result>>): Promise<Result | undefined> => {
    const at = clock.now()
    const answer = await reply
    const result = answer.kind === 'answered' ? answer.response.outcome : `${answer.kind}: ${answer.because}`
    steps.push({ call, at, tookMs: clock.now() - at, result })
    return answer.kind === 'answered' ? answer.response : undefined
  }

  let discountFen = 0
  if (order.couponId !== null) {
    const claimed = await step('claim_coupon', takings.claim({ orderId, couponId: order.couponId, userId, itemsFen }))
    if (claimed === undefined) return { kind: 'refused', reason: 'timed_out' }
    if (claimed.outcome !== ClaimOutcome.CLAIMED) return { kind: 'refused', reason: 'coupon_not_usable' }
    discountFen = claimed.discountFen
  }

  const lines = order.items.map(({ sku, quantity }) => ({ sku, quantity }))
  const reserved = await step('reserve_stock', takings.reserve({ orderId, lines }))
  if (reserved === undefined) return { kind: 'refused', reason: 'timed_out' }
  if (reserved.outcome !== ReserveOutcome.RESERVED) return { kind: 'refused', reason: 'out_of_stock' }

  const leftFen = itemsFen - discountFen
  const wantedFen = order.useAllBalance === 1 ? leftFen : Math.min(order.useBalanceFen, leftFen)
  if (wantedFen === 0) return { kind: 'taken', discountFen, balanceFen: 0 }
  const exactlyFen = order.useAllBalance === 1 ? undefined : wantedFen
  const debited = await step('debit_balance', takings.debit({ orderId, userId, exactlyFen, atMostFen: wantedFen }))
  if (debited === undefined) return { kind: 'refused', reason: 'timed_out' }
  if (debited.outcome === DebitOutcome.UNKNOWN_USER && exactlyFen === undefined) return { kind: 'taken', discountFen, balanceFen: 0 }
  if (debited.outcome !== DebitOutcome.DEBITED) return { kind: 'refused', reason: 'insufficient_balance' }
  return { kind: 'taken', discountFen, balanceFen: debited.debitedFen }
}
