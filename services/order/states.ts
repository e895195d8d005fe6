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

/** What an order's log tells of. */
export type EventName = 'opened' | 'confirmed' | 'cancelled' | 'paid' | 'payment_surplus' | 'refund_requested' | 'refund_failed' | 'refunded'

/** States that each event may leave as they are. All other events move an order along the table. */
const mayStayIn: { readonly [Name in EventName]: readonly OrderState[] } = {
  opened: [],
  confirmed: [],
  cancelled: [],
  paid: [],
  payment_surplus: ['cancelled', 'paid', 'partially_refunded', 'refunded'],
  refund_requested: ['paid', 'partially_refunded'],
  refund_failed: ['paid', 'partially_refunded'],
  refunded: ['partially_refunded'],
}

export function mayStay(name: EventName, state: OrderState): boolean {
  return mayStayIn[name].includes(state)
}

/** A refund waits for the platform to give its part back, and then is done; or the platform refuses it for good. */
export type RefundState = 'processing' | 'done' | 'failed'

/** States that an order may be in for a certain time only, and that it may be cancelled from. */
export const openStates = ['pending', 'awaiting_payment'] as const
export type OpenState = (typeof openStates)[number]

/** Why an order was cancelled; also the code its customer is answered with. */
export type CancelReason = 'out_of_stock' | 'coupon_not_usable' | 'insufficient_balance' | 'confirm_failed' | 'timed_out' | 'unpaid' | 'customer'

/**
 * What the customer of a placing was told. It is written with the fact it tells, so that the same key gets the same
 * answer for ever: `accepted` (202), `placed` (201), `refused` (409); '' until there is something to tell.
 */
export type Answered = '' | 'accepted' | 'placed' | 'refused'
