import { createBatcher } from '@suanpan/runtime/batcher'
import { CommitUnknown, decideInTurn } from '@suanpan/runtime/store'
import { nothingEarned, publishEarned, type Undecided } from './earned.ts'
import { refundedMessage, refundRequestedMessage, type SaidRefund } from './messages.ts'
import type { OrderBookOptions } from './order-book.ts'
import { decideRefund, decideSettle, type RefundDecision, type RefundRequest, type SettleDecision, type Settlement } from './refund-rules.ts'
import { orders, refunds, type OrderRow, type RefundRow } from './tables.ts'

export interface Requesting {
  readonly request: RefundRequest
  /** As it was read: whose it is, and which payment paid it, does not change any more. */
  readonly order: OrderRow
  readonly traceparent: string
}

export interface Settling {
  readonly settlement: Settlement
  /** As it was read: what was asked for does not change any more. */
  readonly refund: RefundRow
  readonly userId: string
  readonly traceparent: string
}

/** The one place where refunds are written, with the orders that they are of, batch by batch. */
export interface RefundBook {
  /** Both reject with `Overloaded` before anything is written, or with the store's error. */
  request(requesting: Requesting): Promise<RefundDecision>
  settle(settling: Settling): Promise<SettleDecision>
}

export function createRefundBook({ store, bus, clock, maxBatch, maxQueued }: OrderBookOptions): RefundBook {
  const limits = { clock, maxItems: maxBatch, maxQueued, isAmbiguous: (error: unknown) => error instanceof CommitUnknown }
  const requesting = createBatcher({ name: 'order.refund', ...limits, flush: requestAll })
  const settling = createBatcher({ name: 'order.settle_refund', ...limits, flush: settleAll })
  return { request: requesting.add, settle: settling.add }

  function requestAll(batch: readonly Requesting[]): Promise<readonly RefundDecision[]> {
    const requests = batch.map(({ request }) => request)
    const inTurn = { ...guarded, requests, bookKeys: ({ orderId }: RefundRequest) => [orderId], decide: decideRefund }
    return publishEarned({ bus, store }, batch.map(messagesOfRequest), (tx) => decideInTurn(tx, inTurn))
  }

  function settleAll(batch: readonly Settling[]): Promise<readonly SettleDecision[]> {
    const requests = batch.map(({ settlement }) => settlement)
    const bookKeys = (_: Settlement, known: RefundRow | undefined) => (known === undefined ? [] : [known.orderId])
    const inTurn = { ...guarded, requests, bookKeys, decide: decideSettle }
    return publishEarned({ bus, store }, batch.map(messagesOfSettlement), (tx) => decideInTurn(tx, inTurn))
  }
}

const guarded = { guards: refunds, books: orders, guardKey: ({ refundId }: { readonly refundId: string }) => refundId }

/** Who has to give back is known before: the platform, which is asked then, or the balance alone, which settles at once. */
function messagesOfRequest({ request, order, traceparent }: Requesting): Undecided<RefundDecision> {
  const { orderId, refundId, parts, at } = request
  if (parts === undefined) return nothingEarned
  if (parts.platformFen > 0) {
    const requested = refundRequestedMessage(order, request, parts, traceparent)
    return { announced: [requested], earned: ({ kind }) => (kind === 'opened' ? requested : undefined) }
  }
  const after = bothMessages({ refundId, orderId, amountFen: parts.balanceFen, balanceFen: parts.balanceFen }, order.userId, at, traceparent)
  return {
    announced: [after.full, after.partial],
    earned: (decision) => (decision.kind === 'settled' ? (decision.isFull ? after.full : after.partial) : undefined),
  }
}

function messagesOfSettlement({ settlement, refund, userId, traceparent }: Settling): Undecided<SettleDecision> {
  const after = bothMessages(refund, userId, settlement.at, traceparent)
  return {
    announced: [after.full, after.partial],
    earned: (decision) => (decision.kind === 'done' ? (decision.isFull ? after.full : after.partial) : undefined),
  }
}

/** Whether a refund is the last of its order is known under the lock only. */
function bothMessages(refund: SaidRefund, userId: string, at: number, traceparent: string) {
  const message = (isFull: boolean) => refundedMessage(refund, { userId, isFull, at, traceparent })
  return { full: message(true), partial: message(false) }
}
