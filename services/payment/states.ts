/**
 * An attempt's life. It moves forward only, and whatever it was before, money that came is money that came:
 *
 * `creating`: its number is durable; the platform is being asked for a pay link, or its answer was lost. Asking again
 * with the same number finds the same trade.
 * `pending`: the customer has a link. One that was paid, but not what was asked for, stays here: it is in the quarantine, and
 * asked about only when its order is to be cancelled or a person wants to know.
 * `refused`: the platform would not make it. No link is offered, yet it is asked about until its time is over.
 * `closed`: nobody can pay it any more, and nobody has: the platform said so, or its time is over and the platform still
 * knows nothing of it.
 * `paid`: the platform has the money, whatever is refunded later. Reached from every other state, `closed` included: a
 * platform may be paid in the moment we close.
 */
export type PaymentState = 'creating' | 'pending' | 'refused' | 'closed' | 'paid'

/**
 * A refund's life at the platform:
 *
 * `waiting`: durable, not asked for yet.
 * `asked`: asked for, perhaps more than once, always under its one number; the end is not known yet.
 * `stuck`: the platform cannot or will not do it without a person; it is in the quarantine. A query may still end it, or
 * the person who gave the money back by hand. Asked for once more, it is `asked` again, and nobody's word ends it.
 * `done`: the money is with the customer. `failed`: nothing was moved, and nothing will be.
 */
export type RefundState = 'waiting' | 'asked' | 'stuck' | 'done' | 'failed'

/** Whether the platform still has to be asked about an attempt. */
export function isOpen(state: PaymentState): boolean {
  return state === 'creating' || state === 'pending' || state === 'refused'
}

/** Whether nothing more happens to a refund. */
export function isOver(state: RefundState): boolean {
  return state === 'done' || state === 'failed'
}

/** Why something signed is not believed. */
export type QuarantineReason =
  | 'unknown_payment'
  | 'channel_differs'
  | 'amount_differs'
  | 'currency_differs'
  | 'trade_differs'
  | 'unknown_refund'
  | 'refund_amount_differs'
  | 'refund_abnormal'
  | 'refund_refused'
  | 'refund_after_refusal'
  | 'refund_after_by_hand'
