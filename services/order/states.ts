/**
 * An order's life.
 *
 * `pending`: opened, and durable; stock, coupon and balance are being taken.
 * `awaiting_payment`: everything was taken, the rest is to be paid at a platform until `expiresAt`.
 * `paid`: balance, coupon and platform cover everything.
 * `partially_refunded`, `refunded`: money went back after payment.
 * `cancelled`: nothing stays taken; the order keeps its reason.
 *
 * States move along this table only; `cancelled` and `refunded` are final.
 */
export type OrderState = 'pending' | 'awaiting_payment' | 'paid' | 'partially_refunded' | 'refunded' | 'cancelled'

export const nextStates: { readonly [State in OrderState]: readonly OrderState[] } = {
  pending: ['awaiting_payment', 'paid', 'cancelled'],
  awaiting_payment: ['paid', 'cancelled'],
  paid: ['partially_refunded', 'refunded'],
  partially_refunded: ['refunded'],
  refunded: [],
  cancelled: [],
}

export function mayMove(from: OrderState, to: OrderState): boolean {
  return nextStates[from].includes(to)
}

/** Why an order was cancelled; also the code its customer is answered with. */
export type CancelReason = 'out_of_stock' | 'coupon_not_usable' | 'insufficient_balance' | 'confirm_failed' | 'timed_out' | 'unpaid' | 'customer'

/**
 * What the customer of a placing was told. It is written with the fact it tells, so that the same key gets the same
 * answer for ever: `accepted` (202), `placed` (201), `refused` (409); '' until there is something to tell.
 */
export type Answered = '' | 'accepted' | 'placed' | 'refused'
