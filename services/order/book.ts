import { createBatcher } from '@suanpan/runtime/batcher'
import type { Bus, OutgoingMessage } from '@suanpan/runtime/bus'
import { CommitUnknown, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { acceptedMessage, cancelledMessage, confirmedMessage } from './messages.ts'
import { decideAccept, decideCancel, decideConfirm, decideOpen, type Cancellation, type Confirmation, type OpenDecision, type Opening } from './rules.ts'
import { idempotency, orders, type IdempotencyRow, type OrderRow } from './tables.ts'

/** A change of one order. */
export type Move =
  | { readonly kind: 'confirm'; readonly order: OrderRow; readonly confirmation: Confirmation }
  | { readonly kind: 'cancel'; readonly traceparent: string; readonly cancellation: Cancellation }
  | { readonly kind: 'accept'; readonly orderId: string }

export type Moved = { readonly kind: 'moved' | 'already' | 'elsewhere' | 'accepted'; readonly order: OrderRow } | { readonly kind: 'not_found' }

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
  const messages = openings.filter((opening) => opening.queued).map(acceptedMessage)
  return bus.publishIff(store, messages, async (tx) => {
    const keys = await tx.lock(
      idempotency,
      openings.map((opening) => opening.idempotencyId),
    )
    const newKeys: IdempotencyRow[] = []
    const newOrders: OrderRow[] = []
    const accepted = new Set<string>()
    const result = openings.map((opening) => {
      const decision = decideOpen(keys.get(opening.idempotencyId), opening)
      if (decision.kind === 'opened' && decision.isNew) {
        // Known from here on, to a second request with this key in the same batch too.
        keys.set(opening.idempotencyId, decision.key)
        newKeys.push(decision.key)
        newOrders.push(decision.order)
        if (opening.queued) accepted.add(acceptedMessage(opening).id)
      }
      return decision
    })
    tx.insert(idempotency, newKeys)
    tx.insert(orders, newOrders)
    return { result, accepted }
  })
}

function moveAll(store: Store, bus: Bus, moves: readonly Move[]): Promise<Moved[]> {
  const messages = new Map<string, OutgoingMessage>()
  const messageOfMove = moves.map((move) => {
    const message = messageOf(move)
    if (message !== undefined) messages.set(message.id, message)
    return message
  })
  return bus.publishIff(store, [...messages.values()], async (tx) => {
    const rows = await tx.lock(orders, moves.map(orderIdOf))
    const changed = new Map<string, OrderRow>()
    const accepted = new Set<string>()
    const result = moves.map((move, index) => {
      const decision = decide(move, rows.get(orderIdOf(move)))
      if (decision.kind === 'moved' || decision.kind === 'accepted') {
        rows.set(decision.order.orderId, decision.order)
        changed.set(decision.order.orderId, decision.order)
      }
      if (decision.kind === 'moved') {
        const message = messageOfMove[index]
        if (message !== undefined) accepted.add(message.id)
      }
      return decision
    })
    tx.update(orders, [...changed.values()])
    return { result, accepted }
  })
}

function decide(move: Move, order: OrderRow | undefined) {
  switch (move.kind) {
    case 'confirm':
      return decideConfirm(order, move.confirmation)
    case 'cancel':
      return decideCancel(order, move.cancellation)
    case 'accept':
      return decideAccept(order)
  }
}

function orderIdOf(move: Move): string {
  switch (move.kind) {
    case 'confirm':
      return move.confirmation.orderId
    case 'cancel':
      return move.cancellation.orderId
    case 'accept':
      return move.orderId
  }
}

function messageOf(move: Move): OutgoingMessage | undefined {
  switch (move.kind) {
    case 'confirm':
      return confirmedMessage(move.order, move.confirmation)
    case 'cancel':
      return cancelledMessage(move.cancellation, move.traceparent)
    case 'accept':
      return undefined
  }
}
