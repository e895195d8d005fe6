import { createBatcher } from '@suanpan/runtime/batcher'
import type { Bus, OutgoingMessage } from '@suanpan/runtime/bus'
import { CommitUnknown, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { acceptedMessage, cancelledMessage, confirmedMessage, paidMessage, surplusMessage } from './messages.ts'
import {
  decideAccept,
  decideCancel,
  decideConfirm,
  decideOpen,
  decidePay,
  decidePostpone,
  type Cancellation,
  type Confirmation,
  type Noted,
  type OpenDecision,
  type Opening,
  type PayDecision,
  type PlatformPayment,
  type Postponement,
} from './rules.ts'
import { idempotency, orders, type IdempotencyRow, type OrderRow } from './tables.ts'

/** A change of one order. */
export type Move =
  | { readonly kind: 'confirm'; readonly order: OrderRow; readonly confirmation: Confirmation }
  | { readonly kind: 'cancel'; readonly traceparent: string; readonly cancellation: Cancellation }
  | { readonly kind: 'accept'; readonly orderId: string }
  | { readonly kind: 'postpone'; readonly postponement: Postponement }
  /** `order` as it was confirmed: what it was to cost does not change any more. */
  | { readonly kind: 'pay'; readonly order: OrderRow; readonly payment: PlatformPayment; readonly traceparent: string }

export type Moved = PayDecision | Noted

/** The order book: the one place where orders are written, batch by batch behind the caller's back. */
export interface OrderBook {
  /** Rejects with `Overloaded` before anything is written, or with the store's error. */
  open(opening: Opening): Promise<OpenDecision>
  move(move: Move): Promise<Moved>
}

export interface OrderBookOptions {
  readonly store: Store
  readonly bus: Bus
  readonly clock: Clock
  /** At most this many orders in one transaction. */
  readonly maxBatch: number
  /** At most this many waiting for one. */
  readonly maxQueued: number
}

export function createOrderBook({ store, bus, clock, maxBatch, maxQueued }: OrderBookOptions): OrderBook {
  const limits = { clock, maxItems: maxBatch, maxQueued, isAmbiguous: (error: unknown) => error instanceof CommitUnknown }
  const opening = createBatcher({ name: 'order.open', ...limits, flush: (openings: readonly Opening[]) => openAll(store, bus, openings) })
  const moving = createBatcher({ name: 'order.move', ...limits, flush: (moves: readonly Move[]) => moveAll(store, bus, moves) })
  return { open: opening.add, move: moving.add }
}

function openAll(store: Store, bus: Bus, openings: readonly Opening[]): Promise<OpenDecision[]> {
  const messages = openings.map((opening) => (opening.queued ? [acceptedMessage(opening)] : []))
  return bus.publishIff(store, messages.flat(), async (tx) => {
    const keys = await tx.lock(
      idempotency,
      openings.map((opening) => opening.idempotencyId),
    )
    const newKeys: IdempotencyRow[] = []
    const newOrders: OrderRow[] = []
    const accepted: OutgoingMessage[] = []
    const result = openings.map((opening, index) => {
      const decision = decideOpen(keys.get(opening.idempotencyId), opening)
      if (decision.kind === 'opened' && decision.isNew) {
        // Known from here on, to a second request with this key in the same batch too.
        keys.set(opening.idempotencyId, decision.key)
        newKeys.push(decision.key)
        newOrders.push(decision.order)
        accepted.push(...(messages[index] ?? []))
      }
      return decision
    })
    tx.insert(idempotency, newKeys)
    tx.insert(orders, newOrders)
    return { result, accepted }
  })
}

async function moveAll(store: Store, bus: Bus, moves: readonly Move[]): Promise<Moved[]> {
  const plans = moves.map(planOf)
  const messages = plans.flatMap(({ announced }) => announced)
  return bus.publishIff(store, messages, async (tx) => {
    const rows = await tx.lock(orders, moves.map(orderIdOf))
    const changed = new Map<string, OrderRow>()
    const accepted: OutgoingMessage[] = []
    const result = plans.map(({ orderId, decide, earned }) => {
      const decision = decide(rows.get(orderId))
      if (decision.kind === 'moved' || decision.kind === 'noted' || decision.kind === 'surplus') {
        rows.set(orderId, decision.order)
        changed.set(orderId, decision.order)
      }
      const message = earned(decision)
      if (message !== undefined) accepted.push(message)
      return decision
    })
    tx.update(orders, [...changed.values()])
    return { result, accepted }
  })
}

function orderIdOf(move: Move): string {
  switch (move.kind) {
    case 'confirm':
      return move.confirmation.orderId
    case 'cancel':
      return move.cancellation.orderId
    case 'accept':
      return move.orderId
    case 'postpone':
      return move.postponement.orderId
    case 'pay':
      return move.payment.orderId
  }
}

/** How a move is decided once its order is locked, and what may follow from it: both known before. */
interface Plan {
  readonly orderId: string
  readonly decide: (order: OrderRow | undefined) => Moved
  readonly announced: readonly OutgoingMessage[]
  /** The one of them that this decision sends. */
  readonly earned: (decision: Moved) => OutgoingMessage | undefined
}

function planOf(move: Move): Plan {
  const orderId = orderIdOf(move)
  switch (move.kind) {
    case 'confirm':
      return { orderId, decide: (order) => decideConfirm(order, move.confirmation), ...onlyIfMoved(confirmedMessage(move.order, move.confirmation)) }
    case 'cancel':
      return { orderId, decide: (order) => decideCancel(order, move.cancellation), ...onlyIfMoved(cancelledMessage(move.cancellation, move.traceparent)) }
    case 'accept':
      return { orderId, decide: decideAccept, announced: [], earned: () => undefined }
    case 'postpone':
      return { orderId, decide: (order) => decidePostpone(order, move.postponement), announced: [], earned: () => undefined }
    case 'pay': {
      // Whether the order still has a use for the money is known under the lock only: all three stand ready, one goes out.
      const paid = paidMessage(move.order, move.payment, move.traceparent)
      const surplus = {
        cancelled: surplusMessage(move.payment, 'cancelled', move.traceparent),
        already_paid: surplusMessage(move.payment, 'already_paid', move.traceparent),
      }
      return {
        orderId,
        decide: (order) => decidePay(order, move.payment),
        announced: [paid, surplus.cancelled, surplus.already_paid],
        earned: (decision) => (decision.kind === 'moved' ? paid : decision.kind === 'surplus' ? surplus[decision.reason] : undefined),
      }
    }
  }
}

function onlyIfMoved(message: OutgoingMessage): Pick<Plan, 'announced' | 'earned'> {
  return { announced: [message], earned: ({ kind }) => (kind === 'moved' ? message : undefined) }
}
