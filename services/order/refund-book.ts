import { createBatcher } from '@suanpan/runtime/batcher'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { CommitUnknown, decideInTurn, type Change } from '@suanpan/runtime/store'
import type { OrderBookOptions } from './book.ts'
import { refundedMessage, refundRequestedMessage, type SaidRefund } from './messages.ts'
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

  function requestAll(batch: readonly Requesting[]): Promise<RefundDecision[]> {
    const entries = batch.map(({ request, order, traceparent }): Entry<RefundRequest, RefundDecision> => {
      const { orderId, refundId, parts = { platformFen: 0, balanceFen: 0 }, at } = request
      const requested = refundRequestedMessage(order, request, parts, traceparent)
      const refund = { refundId, orderId, amountFen: parts.platformFen + parts.balanceFen, balanceFen: parts.balanceFen }
      const after = bothMessages(refund, order.userId, at, traceparent)
      return {
        command: request,
        announced: [requested, after.full, after.partial],
        earned: (decision) => {
          if (decision.kind === 'opened') return requested
          if (decision.kind === 'settled') return decision.isFull ? after.full : after.partial
          return undefined
        },
      }
    })
    return writeAll(entries, ({ orderId }) => [orderId], decideRefund)
  }

  function settleAll(batch: readonly Settling[]): Promise<SettleDecision[]> {
    const entries = batch.map(({ settlement, refund, userId, traceparent }): Entry<Settlement, SettleDecision> => {
      const after = bothMessages(refund, userId, settlement.at, traceparent)
      return {
        command: settlement,
        announced: [after.full, after.partial],
        earned: (decision) => (decision.kind === 'done' ? (decision.isFull ? after.full : after.partial) : undefined),
      }
    })
    return writeAll(entries, (_, known) => (known === undefined ? [] : [known.orderId]), decideSettle)
  }

  async function writeAll<Command extends { readonly refundId: string }, Decision>(
    entries: readonly Entry<Command, Decision>[],
    bookKeys: (command: Command, known: RefundRow | undefined) => readonly string[],
    decide: (command: Command, known: RefundRow | undefined, orderOf: ReadonlyMap<string, OrderRow>) => Change<RefundRow, OrderRow, Decision>,
  ): Promise<Decision[]> {
    const messages = entries.flatMap(({ announced }) => announced)
    return bus.publishIff(store, messages, async (tx) => {
      const requests = entries.map(({ command }) => command)
      const result = await decideInTurn(tx, { guards: refunds, books: orders, requests, guardKey: ({ refundId }) => refundId, bookKeys, decide })
      return { result, accepted: entries.flatMap((entry, index) => entry.earned(result[index] as Decision) ?? []) }
    })
  }
}

/** A command with the messages that stand ready for it, and which of them its decision sends. */
interface Entry<Command, Decision> {
  readonly command: Command
  readonly announced: readonly OutgoingMessage[]
  readonly earned: (decision: Decision) => OutgoingMessage | undefined
}

/** Whether a refund is the last of its order is known under the lock only. */
function bothMessages(refund: SaidRefund, userId: string, at: number, traceparent: string) {
  const message = (isFull: boolean) => refundedMessage(refund, { userId, isFull, at, traceparent })
  return { full: message(true), partial: message(false) }
}
