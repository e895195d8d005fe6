import type { ChannelName } from '@suanpan/channels'
import type { ClosedOrder, CloseOrdersRequest, CloseOrdersResponse, CloseOutcome, CloseReason } from '@suanpan/contracts/payment'
import { putRows, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { CallContext } from '@suanpan/runtime/rpc'
import { createLanes, type Lanes } from '@suanpan/runtime/lanes'
import { valueInTime, type Clock } from '@suanpan/runtime/time'
import type { Finding, Inquiry } from './inquiry.ts'
import { newOrder } from './rules.ts'
import { paymentOrders, payments, type PaymentOrderRow, type PaymentRow } from './tables.ts'

export interface ClosingOptions {
  readonly store: Store
  readonly inquiry: Inquiry
  readonly clock: Clock
  readonly log: Log
}

/** Of the time that the caller waits: the rest is for the way there and back. */
const usableShare = 0.9

/**
 * Payments of one platform that are closed at once, by this process: a platform limits how often it may be asked, and
 * an order service sends up to 500 orders at a time whose hour has come. With three calls of 150 ms each, these are 210
 * calls a second, and 500 orders take 7.0 s of the 7.2 s that there are; what is left over is `OPEN`, and asked for again.
 */
export const closingsAtOnce = 32

/**
 * Before orders are cancelled: bars new attempts for them, durably, and closes the open ones at their platforms. An
 * order is `CLOSED` only when no attempt of it can be paid any more and none was; asking again is safe at any time.
 *
 * A platform that is slow makes its own orders `OPEN` shortly before the deadline, and those of others are answered.
 */
export function createClosing({ store, inquiry, clock, log }: ClosingOptions) {
  /** A platform that does not answer holds up nobody who pays over another. */
  const lanesByChannel = new Map<ChannelName, Lanes>()

  return async ({ orders }: CloseOrdersRequest, { deadlineAt }: Pick<CallContext, 'deadlineAt'>): Promise<CloseOrdersResponse> => {
    const beganAt = clock.now()
    const until = beganAt + (deadlineAt - beganAt) * usableShare
    const barred = await bar(orders.map(({ orderId }) => orderId))
    return {
      orders: await Promise.all(
        orders.map(async ({ orderId, reason }): Promise<ClosedOrder> => {
          const order = barred.get(orderId)
          return { orderId, outcome: order === undefined ? 'CLOSE_OUTCOME_OPEN' : await closeInTime(order, reason, until) }
        }),
      ),
    }
  }

  /** The first thing, and committed before any platform is asked: from here on the list of attempts is complete. */
  function bar(orderIds: readonly string[]): Promise<Map<string, PaymentOrderRow>> {
    const at = clock.now()
    return store.transact(async (tx) => {
      const known = await tx.lock(paymentOrders, orderIds)
      const barred = new Map(orderIds.map((orderId) => [orderId, { ...(known.get(orderId) ?? newOrder(orderId, at)), barred: 1 }]))
      const isNew = ({ orderId }: PaymentOrderRow): boolean => known.get(orderId)?.barred !== 1
      putRows(tx, paymentOrders, [...barred.values()].filter(isNew), known)
      return barred
    })
  }

  function closeInTime(order: PaymentOrderRow, reason: CloseReason, until: number): Promise<CloseOutcome> {
    return valueInTime(clock, until - clock.now(), closeOrder(order, reason, until), 'CLOSE_OUTCOME_OPEN')
  }

  async function closeOrder({ paymentIds, capturedFen }: PaymentOrderRow, reason: CloseReason, until: number): Promise<CloseOutcome> {
    if (capturedFen > 0) return 'CLOSE_OUTCOME_PAID'
    const attempts = await store.read.get(payments, paymentIds)
    const findings = await Promise.all([...attempts.values()].map((payment) => closePayment(payment, until)))
    return outcomeOf(findings, reason)
  }

  async function closePayment(payment: PaymentRow, until: number): Promise<Finding> {
    try {
      // Whose turn comes when nobody waits for it any more is not asked about.
      return await lanesOf(payment.channel).run(async () => (clock.now() < until ? inquiry.close(payment) : 'unknown'))
    } catch (error) {
      log.warn({ error, payment: payment.paymentId }, 'a payment could not be closed; its order is not cancelled, and it is closed again later')
      return 'unknown'
    }
  }

  function lanesOf(channel: ChannelName): Lanes {
    const lanes = lanesByChannel.get(channel) ?? createLanes(closingsAtOnce)
    lanesByChannel.set(channel, lanes)
    return lanes
  }
}

/**
 * What the attempts of an order come to together.
 *
 * A customer who cancels does not wait for a code that nobody has scanned: should it be paid all the same, that money
 * goes back by itself. At the end of an order's time it is waited for, as its own time ends then, too.
 *
 * What is quarantined is in a person's hands, and no reason to keep the order's stock from others.
 */
export function outcomeOf(findings: readonly Finding[], reason: CloseReason): CloseOutcome {
  if (findings.includes('paid')) return 'CLOSE_OUTCOME_PAID'
  const closed = findings.every((finding) => finding === 'closed' || finding === 'quarantined' || (finding === 'unseen' && reason === 'CLOSE_REASON_CUSTOMER'))
  return closed ? 'CLOSE_OUTCOME_CLOSED' : 'CLOSE_OUTCOME_OPEN'
}
