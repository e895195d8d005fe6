import { createBatcher } from '@suanpan/runtime/batcher'
import type { Bus, OutgoingMessage } from '@suanpan/runtime/bus'
import { CommitUnknown, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { nothingEarned, publishEarned, type Undecided } from './earned.ts'
import { acceptedMessage, cancelledMessage, confirmedMessage, paidMessage, surplusMessage } from './messages.ts'
import {
  decideAccept,
  decideCancel,
  decideConfirm,
  decideOpen,
  decidePay,
  decidePostpone,
  type AcceptDecision,
  type Cancellation,
  type Confirmation,
  type MoveDecision,
  type OpenDecision,
  type Opening,
  type PayDecision,
  type PlatformPayment,
  type Postponement,
  type PostponeDecision,
} from './rules.ts'
import { idempotency, orders, type IdempotencyRow, type OrderRow } from './tables.ts'

/** The order book: the one place where orders are written, batch by batch behind the caller's back. All reject with the store's error. */
export interface OrderBook {
  /** Rejects with `Overloaded` before anything is written. */
  open(opening: Opening): Promise<OpenDecision>
  confirm(order: OrderRow, confirmation: Confirmation): Promise<MoveDecision>
  cancel(cancellation: Cancellation, traceparent: string): Promise<MoveDecision>
  accept(orderId: string): Promise<AcceptDecision>
  postpone(postponement: Postponement): Promise<PostponeDecision>
  /** `order` as it was confirmed: what it was to cost does not change any more. */
  pay(order: OrderRow, payment: PlatformPayment, traceparent: string): Promise<PayDecision>
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

type Moved = MoveDecision | AcceptDecision | PostponeDecision | PayDecision

/** A change of one order, decided once its row is locked. */
interface Move<Decision extends Moved> extends Undecided<Decision> {
  readonly orderId: string
  readonly decide: (order: OrderRow | undefined) => Decision
}

export function createOrderBook({ store, bus, clock, maxBatch, maxQueued }: OrderBookOptions): OrderBook {
  const limits = { clock, maxItems: maxBatch, maxQueued, isAmbiguous: (error: unknown) => error instanceof CommitUnknown }
  const opening = createBatcher({ name: 'order.open', ...limits, flush: (openings: readonly Opening[]) => openAll(store, bus, openings) })
  const moving = createBatcher({ name: 'order.move', ...limits, flush: (moves: readonly Move<Moved>[]) => moveAll(store, bus, moves) })

  /** Moves of all kinds share a batch; each gets what its own `decide` answered. */
  function move<Decision extends Moved>(one: Move<Decision>): Promise<Decision> {
    return moving.add(one) as Promise<Decision>
  }

  return {
    open: opening.add,
    confirm: (order, confirmation) =>
      move({
        orderId: order.orderId,
        decide: (row) => decideConfirm(row, confirmation),
        ...sentIfMoved(confirmedMessage(order, confirmation)),
      }),
    cancel: (cancellation, traceparent) =>
      move({
        orderId: cancellation.orderId,
        decide: (row) => decideCancel(row, cancellation),
        ...sentIfMoved(cancelledMessage(cancellation, traceparent)),
      }),
    accept: (orderId) => move<AcceptDecision>({ orderId, decide: decideAccept, ...nothingEarned }),
    postpone: (postponement) => move<PostponeDecision>({ orderId: postponement.orderId, decide: (row) => decidePostpone(row, postponement), ...nothingEarned }),
    pay: (order, payment, traceparent) => move(payMove(order, payment, traceparent)),
  }
}

function sentIfMoved(message: OutgoingMessage): Undecided<MoveDecision> {
  return { announced: [message], earned: ({ kind }) => (kind === 'moved' ? message : undefined) }
}

/** Whether the order still has a use for the money is known under the lock only: all three messages stand ready, one goes out. */
function payMove(order: OrderRow, payment: PlatformPayment, traceparent: string): Move<PayDecision> {
  const paid = paidMessage(order, payment, traceparent)
  const surplus = {
    cancelled: surplusMessage(payment, 'cancelled', traceparent),
    already_paid: surplusMessage(payment, 'already_paid', traceparent),
  }
  return {
    orderId: payment.orderId,
    decide: (row) => decidePay(row, payment),
    announced: [paid, surplus.cancelled, surplus.already_paid],
    earned: (decision) => (decision.kind === 'moved' ? paid : decision.kind === 'surplus' ? surplus[decision.reason] : undefined),
  }
}

function openAll(store: Store, bus: Bus, openings: readonly Opening[]): Promise<readonly OpenDecision[]> {
  const undecided = openings.map((opening): Undecided<OpenDecision> => {
    if (!opening.queued) return nothingEarned
    const accepted = acceptedMessage(opening)
    return { announced: [accepted], earned: (decision) => (decision.kind === 'opened' && decision.isNew ? accepted : undefined) }
  })
  return publishEarned({ bus, store }, undecided, async (tx) => {
    const keys = await tx.lock(
      idempotency,
      openings.map((opening) => opening.idempotencyId),
    )
    const newKeys: IdempotencyRow[] = []
    const newOrders: OrderRow[] = []
    const decisions = openings.map((opening) => {
      const decision = decideOpen(keys.get(opening.idempotencyId), opening)
      if (decision.kind === 'opened' && decision.isNew) {
        // Known from here on, to a second request with this key in the same batch too.
        keys.set(opening.idempotencyId, decision.key)
        newKeys.push(decision.key)
        newOrders.push(decision.order)
      }
      return decision
    })
    tx.insert(idempotency, newKeys)
    tx.insert(orders, newOrders)
    return decisions
  })
}

function moveAll(store: Store, bus: Bus, moves: readonly Move<Moved>[]): Promise<readonly Moved[]> {
  return publishEarned({ bus, store }, moves, async (tx) => {
    const rows = await tx.lock(
      orders,
      moves.map(({ orderId }) => orderId),
    )
    const changed = new Map<string, OrderRow>()
    const decisions = moves.map(({ orderId, decide }) => {
      const decision = decide(rows.get(orderId))
      if (decision.kind === 'moved' || decision.kind === 'noted' || decision.kind === 'surplus') {
        rows.set(orderId, decision.order)
        changed.set(orderId, decision.order)
      }
      return decision
    })
    tx.update(orders, [...changed.values()])
    return decisions
  })
}
