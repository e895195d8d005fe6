import { createHash } from 'node:crypto'
import {
  OrderRefundState,
  RefundOrderOutcome,
  type ListRefundsResponse,
  type OrderRefund,
  type RefundOrderRequest,
  type RefundOrderResponse,
} from '@suanpan/contracts/order'
import type { PaymentRefundSettled } from '@suanpan/contracts/payment'
import { topics } from '@suanpan/contracts/topics'
import { askEach, subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { readOne, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { RefundBook } from './refund-book.ts'
import { planRefund, type RefundDecision, type SettleDecision } from './refund-rules.ts'
import type { RefundState } from './states.ts'
import { orders, refunds, type RefundRow } from './tables.ts'

export interface RefundingOptions {
  readonly store: Store
  readonly book: RefundBook
  readonly clock: Clock
  readonly marks: Marks
  readonly maxBatch: number
}

/**
 * The number of a refund, here and at the platform: made of what was asked, so that asking again, even after
 * forgetting everything, means the same refund. 26 hex digits are 104 bits; platforms allow 64 characters.
 */
function refundIdOf(orderId: string, idempotencyKey: string): string {
  return `rf_${createHash('sha256').update(`${orderId}\n${idempotencyKey}`).digest('hex').slice(0, 26)}`
}

/** How often an order that other refunds change at the same time is read anew: each of them changed it for good. */
const maxReadings = 100

export type RefundOrder = (request: RefundOrderRequest) => Promise<RefundOrderResponse>

/** Begins a refund, or answers what became of it. */
export function createRefundOrder({ store, book, clock }: RefundingOptions): RefundOrder {
  return async (command) => {
    const { orderId, idempotencyKey, requestDigest, amountFen, reason, operator, traceparent } = command
    const refundId = refundIdOf(orderId, idempotencyKey)
    for (let reading = 1; reading <= maxReadings; reading++) {
      const order = await readOne(store.read, orders, orderId)
      if (order === undefined) return answerOf({ kind: 'not_found' })
      const plan = planRefund(order, amountFen)
      const parts = plan.kind === 'possible' ? plan.parts : undefined
      const request = { refundId, orderId, requestDigest, amountFen, reason, requestedBy: operator, parts, at: clock.now() }
      const decision = await book.request({ request, order, traceparent })
      if (decision.kind !== 'stale') return answerOf(decision)
    }
    throw new Error(`order ${orderId} was changed under refund ${refundId} ${maxReadings} times: nothing was refunded, and the same key may be tried again`)
  }
}

function answerOf(decision: Exclude<RefundDecision, { kind: 'stale' }>): RefundOrderResponse {
  const refused = (outcome: RefundOrderOutcome, refundableFen = 0) => ({ outcome, refund: undefined, replayed: false, refundableFen })
  switch (decision.kind) {
    case 'opened':
    case 'settled':
    case 'known':
      return { outcome: RefundOrderOutcome.ACCEPTED, refund: toWire(decision.refund), replayed: decision.kind === 'known', refundableFen: 0 }
    case 'key_reused':
      return refused(RefundOrderOutcome.IDEMPOTENCY_KEY_REUSED)
    case 'not_found':
      return refused(RefundOrderOutcome.NOT_FOUND)
    case 'not_refundable':
      return refused(RefundOrderOutcome.NOT_REFUNDABLE)
    case 'exceeds_paid':
      return refused(RefundOrderOutcome.EXCEEDS_PAID, decision.refundableFen)
  }
}

/** Refunds of one order that an answer tells of: more than anybody makes. */
const maxListed = 1_000

/** Oldest first. */
export async function listRefunds(store: Store, orderId: string): Promise<ListRefundsResponse> {
  const sql = 'SELECT * FROM order_refund WHERE order_id = $1 ORDER BY created_at, refund_id LIMIT $2'
  const rows = await store.read.query(sql, [orderId, maxListed])
  return { refunds: rows.map((row) => toWire(refunds.fromSql(row))) }
}

const wireRefundStates: { readonly [State in RefundState]: OrderRefundState } = {
  processing: OrderRefundState.PROCESSING,
  done: OrderRefundState.DONE,
  failed: OrderRefundState.FAILED,
}

function toWire(row: RefundRow): OrderRefund {
  const { requestDigest: _, state, ...refund } = row
  return { ...refund, state: wireRefundStates[state] }
}

/** What became of refunds at platforms. Money that no order had a use for is none of the order's. */
export function refundingSubscription({ store, book, clock, marks, maxBatch }: RefundingOptions): Subscription {
  async function settleAll(messages: readonly ReadMessage<PaymentRefundSettled>[]): Promise<readonly Verdict[]> {
    const settled = messages.filter(({ body }) => !body.surplus)
    const refundOf = await store.read.get(
      refunds,
      settled.map(({ body }) => body.refundId),
    )
    const orderOf = await store.read.get(
      orders,
      [...refundOf.values()].map(({ orderId }) => orderId),
    )
    return askEach(messages, async ({ body, traceparent }): Promise<Verdict> => {
      const { refundId, amountFen, done, surplus, detail } = body
      if (surplus) return { kind: 'done' }
      const refund = refundOf.get(refundId)
      const order = orderOf.get(refund?.orderId ?? '')
      if (refund === undefined || order === undefined) return verdictOn({ kind: 'not_found' }, refundId)
      const settlement = { refundId, platformFen: amountFen, done, detail, at: clock.now() }
      const decision = await book.settle({ settlement, refund, userId: order.userId, traceparent })
      marks.mark(`order.settle_refund.${decision.kind}`)
      return verdictOn(decision, refundId)
    })
  }

  return subscriptionTo(topics.paymentRefundSettled, { group: 'order.refund', maxBatch, handle: settleAll })
}

function verdictOn({ kind }: SettleDecision, refundId: string): Verdict {
  switch (kind) {
    case 'done':
    case 'failed':
    case 'already':
      return { kind: 'done' }
    case 'not_found':
      return { kind: 'retry', because: `there is no refund ${refundId}` }
    case 'amount_differs':
      return { kind: 'poison', because: `refund ${refundId}: the platform gave back another amount than was asked for` }
  }
}
