/**
 * What has to hold between an order and what the other services hold for it. Each rule is one sentence, decided on the
 * facts of one order; what is still on its way is told apart from what is wrong by its age, not here.
 */
import type { Effect } from '@suanpan/contracts/audit'
import type { OrderFacts } from '@suanpan/contracts/order'
import { pointsFor, pointsTakenBack } from '@suanpan/contracts/points-due'

/** Services that take or give something for an order, by the name under which they answer the auditor. */
const takers = ['inventory', 'coupon', 'user', 'points'] as const

/** … and the one that knows what platforms were paid, less what they gave back. Amounts are net everywhere. */
export const effectHolders = [...takers, 'payment'] as const
export type EffectHolder = (typeof effectHolders)[number]

export type Effects = { readonly [Holder in EffectHolder]: Effect | undefined }

export interface Subject {
  /** Undefined: some service holds something for an order that does not exist. */
  readonly order: OrderFacts | undefined
  readonly effects: Effects
  /** Now, less the time that messages and sweepers are allowed. */
  readonly settledBefore: number
}

/** Platforms that do not answer put off the end of unpaid orders, again and again: for so long, and then a person has to look. */
const endedWithinMs = 60 * 60_000

export interface Rule {
  readonly name: string
  /** What is wrong, or undefined. */
  readonly fault: (subject: Subject) => string | undefined
}

function isConfirmed({ state }: OrderFacts): boolean {
  return state !== 'ORDER_STATE_PENDING' && state !== 'ORDER_STATE_CANCELLED'
}

function isPaid({ state }: OrderFacts): boolean {
  return state === 'ORDER_STATE_PAID' || state === 'ORDER_STATE_PARTIALLY_REFUNDED' || state === 'ORDER_STATE_REFUNDED'
}

/** Who holds anything for an order that should have nothing. */
function someTaker(effects: Effects): EffectHolder | undefined {
  return takers.find((name) => isTaken(effects[name]))
}

function isTaken(effect: Effect | undefined): effect is Effect {
  return effect !== undefined && (effect.state === 'EFFECT_STATE_HELD' || effect.state === 'EFFECT_STATE_KEPT')
}

/** What platforms were paid for the order, less what they gave back, less the surplus that is on its way back: that takes minutes. */
function capturedFen({ payment }: Effects): number {
  return isTaken(payment) ? payment.amount - (payment.goingBack ?? 0) : 0
}

/** Why an order that is not decided yet should be by now. */
function overdueFault({ state, dueAt, expiresAt }: OrderFacts, settledBefore: number): string | undefined {
  if (dueAt !== 0 && dueAt < settledBefore) return 'its time is over, and nobody has cancelled it'
  if (state !== 'ORDER_STATE_PENDING' && state !== 'ORDER_STATE_AWAITING_PAYMENT') return undefined
  if (dueAt === 0) return 'it is not decided, and nobody will look at it'
  const isOver = state === 'ORDER_STATE_AWAITING_PAYMENT' && expiresAt !== 0 && expiresAt < settledBefore - endedWithinMs
  return isOver ? 'its time to be paid has long been over, and its payments could not be closed' : undefined
}

/** What the buyer of a paid order has of its points, after all refunds. */
function pointsDue({ balanceFen, payableFen, balanceRefundedFen, platformRefundedFen }: OrderFacts): number {
  const paidFen = balanceFen + payableFen
  return pointsFor(paidFen) - pointsTakenBack(paidFen, balanceRefundedFen + platformRefundedFen)
}

/** One taking of a confirmed order: as much as the order says, of whom it says. */
function takingFault(what: string, effect: Effect | undefined, amount: number, subject: string | undefined): string | undefined {
  if (!isTaken(effect)) return amount === 0 ? undefined : `${what}: the order says ${amount}, nothing is held`
  if (effect.amount !== amount) return `${what}: the order says ${amount}, ${effect.amount} is held`
  return subject !== undefined && effect.subject !== subject ? `${what}: held of ${effect.subject}, the order says ${subject}` : undefined
}

export const rules: readonly Rule[] = [
  {
    name: 'effects.of_known_orders',
    fault: ({ order, effects }) => {
      if (order !== undefined) return undefined
      const holder = someTaker(effects) ?? (capturedFen(effects) > 0 ? 'payment' : undefined)
      return holder === undefined ? undefined : `${holder} holds something for an order that does not exist`
    },
  },
  {
    name: 'effects.stock_of_confirmed',
    fault: ({ order, effects }) => {
      if (order === undefined || !isConfirmed(order)) return undefined
      const fault = takingFault('stock', effects.inventory, order.units, undefined)
      const held = effects.inventory?.unitsBySku
      if (fault !== undefined || held === undefined || held === order.unitsBySku) return fault
      return `stock: the order says ${order.unitsBySku}, ${held} is held`
    },
  },
  {
    name: 'effects.coupon_of_confirmed',
    fault: ({ order, effects }) => {
      if (order === undefined || !isConfirmed(order)) return undefined
      if (order.couponId === undefined) return isTaken(effects.coupon) ? `coupon: ${effects.coupon.subject} is held, the order has none` : undefined
      const { state, subject } = effects.coupon ?? { state: 'EFFECT_STATE_UNSPECIFIED', subject: '' }
      // After a full refund: returned, or kept if it had expired by then.
      if (order.state === 'ORDER_STATE_REFUNDED') {
        const isOver = state === 'EFFECT_STATE_RELEASED' || state === 'EFFECT_STATE_KEPT'
        return isOver && subject === order.couponId ? undefined : `coupon: ${order.couponId} neither returned nor expired, though all was refunded`
      }
      if (state === 'EFFECT_STATE_KEPT') return 'coupon: spent for good, though not all was refunded'
      return takingFault('coupon', effects.coupon, order.discountFen, isTaken(effects.coupon) ? order.couponId : undefined)
    },
  },
  {
    name: 'effects.balance_of_confirmed',
    fault: ({ order, effects }) =>
      order !== undefined && isConfirmed(order) ? takingFault('balance', effects.user, order.balanceFen - order.balanceRefundedFen, order.userId) : undefined,
  },
  {
    name: 'effects.sale_of_paid',
    fault: ({ order, effects }) =>
      order !== undefined && isPaid(order) && effects.inventory?.state === 'EFFECT_STATE_HELD' ? 'stock: still reserved, though the order is paid' : undefined,
  },
  {
    name: 'effects.sale_of_unpaid',
    fault: ({ order, effects }) =>
      order !== undefined && !isPaid(order) && effects.inventory?.state === 'EFFECT_STATE_KEPT' ? 'stock: sold, though the order is not paid' : undefined,
  },
  {
    name: 'effects.points_of_paid',
    fault: ({ order, effects }) => {
      if (order === undefined || !isPaid(order)) return effects.points === undefined ? undefined : 'points: granted for an order that is not paid'
      const points = pointsDue(order)
      if (effects.points === undefined) return `points: ${points} are due, none were granted`
      return takingFault('points', effects.points, points, order.userId)
    },
  },
  {
    name: 'effects.none_of_cancelled',
    fault: ({ order, effects }) => {
      if (order?.state !== 'ORDER_STATE_CANCELLED') return undefined
      const holder = someTaker(effects)
      return holder === undefined ? undefined : `${holder} still holds something for the cancelled order`
    },
  },
  {
    name: 'money.captured_of_paid',
    fault: ({ order, effects }) => {
      if (order === undefined || !isPaid(order)) return undefined
      if (order.payableFen > 0 !== (order.paymentId !== ''))
        return `${order.payableFen} fen were to be paid, ${order.paymentId === '' ? 'no payment' : order.paymentId} paid them`
      const dueFen = order.payableFen - order.platformRefundedFen
      if (capturedFen(effects) !== dueFen) return `platforms have ${capturedFen(effects)} fen, the order says ${dueFen}`
      // Of two payments, it is the other one that goes back.
      const paid = effects.payment?.paidPayments
      const isAsPaid = order.paymentId === '' || paid === undefined || paid.split(', ').includes(`${order.paymentId} ${order.platformRefundedFen}`)
      return isAsPaid ? undefined : `${order.paymentId} paid it, of which ${order.platformRefundedFen} fen went back; paid, and back: ${paid}`
    },
  },
  {
    name: 'money.none_of_unpaid',
    fault: ({ order, effects }) =>
      order !== undefined && !isPaid(order) && capturedFen(effects) !== 0
        ? `platforms have ${capturedFen(effects)} fen for an order that is not paid by them`
        : undefined,
  },
  {
    name: 'orders.decided_in_time',
    fault: ({ order, settledBefore }) => (order === undefined ? undefined : overdueFault(order, settledBefore)),
  },
]

/** When anything about the order last changed: what is younger than the grace may be on its way. */
export function lastChangeAt({ order, effects }: Subject): number {
  const times = effectHolders.flatMap((holder) => [effects[holder]?.takenAt ?? 0, effects[holder]?.settledAt ?? 0])
  return Math.max(order?.changedAt ?? 0, ...times)
}
