import { type CancelReason as WireReason, OrderState as WireState, PlaceOutcome, type Order, type PlaceAnswer } from '@suanpan/contracts/order'
import { wireReasons } from './messages.ts'
import { confirmedState } from './rules.ts'
import type { OrderState } from './states.ts'
import type { OrderRow } from './tables.ts'

export const wireStates: { readonly [State in OrderState]: WireState } = {
  pending: WireState.PENDING,
  awaiting_payment: WireState.AWAITING_PAYMENT,
  paid: WireState.PAID,
  partially_refunded: WireState.PARTIALLY_REFUNDED,
  refunded: WireState.REFUNDED,
  cancelled: WireState.CANCELLED,
}

/** An order as other services and customers see it. */
export function toWire(row: OrderRow): Order {
  const reason: WireReason | undefined = row.cancelReason === null ? undefined : wireReasons[row.cancelReason]
  return {
    orderId: row.orderId,
    userId: row.userId,
    state: wireStates[row.state],
    items: row.items.map((item) => ({ ...item })),
    itemsFen: row.itemsFen,
    discountFen: row.discountFen,
    balanceFen: row.balanceFen,
    payableFen: row.payableFen,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    cancelReason: reason,
    couponId: row.couponId ?? undefined,
    refundedFen: row.platformRefundedFen + row.balanceRefundedFen,
  }
}

const noOrder = { order: undefined, replayed: false, unknownSku: '' }

export const answers = {
  keyReused: { ...noOrder, outcome: PlaceOutcome.IDEMPOTENCY_KEY_REUSED },
  overloaded: { ...noOrder, outcome: PlaceOutcome.OVERLOADED },
  unavailable: { ...noOrder, outcome: PlaceOutcome.UNAVAILABLE },
  unknownSku: (sku: string): PlaceAnswer => ({ ...noOrder, outcome: PlaceOutcome.UNKNOWN_SKU, unknownSku: sku }),
} as const

/**
 * What the customer of a placing is told, and will be told again for the same key however the order has moved since:
 * an accepted order as it was opened, a placed one as it was confirmed. Undefined while there is nothing to tell.
 */
export function answerOf(row: OrderRow, replayed: boolean): PlaceAnswer | undefined {
  // Of money that went back since, nobody was told then.
  const unrefunded = { platformRefundedFen: 0, balanceRefundedFen: 0 }
  switch (row.answered) {
    case '':
      return undefined
    case 'accepted': {
      const asOpened: OrderRow = {
        ...row,
        ...unrefunded,
        state: 'pending',
        discountFen: 0,
        balanceFen: 0,
        payableFen: row.itemsFen,
        expiresAt: 0,
        cancelReason: null,
      }
      return { outcome: PlaceOutcome.ACCEPTED, order: toWire(asOpened), replayed, unknownSku: '' }
    }
    case 'placed': {
      const asConfirmed: OrderRow = { ...row, ...unrefunded, state: confirmedState(row.payableFen), cancelReason: null }
      return { outcome: PlaceOutcome.PLACED, order: toWire(asConfirmed), replayed, unknownSku: '' }
    }
    case 'refused':
      return { outcome: PlaceOutcome.REFUSED, order: toWire(row), replayed, unknownSku: '' }
  }
}
