/**
 * Holds a day's bill against payments, refunds and orders. What does not agree three ways falls into one of four classes,
 * each with its cure:
 *
 * theirs only: the platform has money that we do not know of: it is settled as a lost notification, or quarantined.
 * ours only: we say paid or refunded, the bill does not have it: the platform is asked.
 * amount differs: quarantined.
 * state differs: both have it, but our refund is not over, came to nothing, or was given back by hand, and the platform is
 * asked; or the order does not show the payment or the refund, and is told again.
 */
import type { BillEntry } from '@suanpan/channels'
import type { OrderFacts } from '@suanpan/contracts/order'
import type { DifferenceKind } from '@suanpan/contracts/payment'
import { isByHand, surplusRefundId } from './refund-rules.ts'
import type { PaymentRow, RefundRow } from './tables.ts'

/** Rows by their ids: all that some lines of a bill name, as far as they are of the bill's channel. */
export interface NamedRows {
  readonly payments: ReadonlyMap<string, PaymentRow>
  readonly refunds: ReadonlyMap<string, RefundRow>
  readonly orders: ReadonlyMap<string, OrderFacts>
}

export type Cure =
  | { readonly kind: 'state_trade' | 'state_refund'; readonly entry: BillEntry }
  | { readonly kind: 'ask_refund' | 'confirm_refund' | 'confirm_refusal' | 'confirm_by_hand' }
  | { readonly kind: 'ask_trade'; readonly payment: PaymentRow }
  | { readonly kind: 'tell_paid'; readonly payment: PaymentRow }
  | { readonly kind: 'tell_refund'; readonly refund: RefundRow }
  /** Nothing to be done from here: where a person has to look. */
  | { readonly kind: 'look'; readonly at: string }

export interface Mismatch {
  readonly kind: DifferenceKind
  readonly paymentId: string
  readonly refundId: string
  readonly orderId: string
  readonly ourFen: number
  readonly theirFen: number
  readonly detail: string
  readonly cure: Cure
}

/** What is wrong with a line of a bill. Undefined: it agrees with payment, refund and order. */
export function mismatchOf(entry: BillEntry, rows: NamedRows): Mismatch | undefined {
  return entry.kind === 'payment' ? paymentMismatch(entry, rows) : refundMismatch(entry, rows)
}

function paymentMismatch(entry: BillEntry, { payments, refunds, orders }: NamedRows): Mismatch | undefined {
  const payment = payments.get(entry.paymentId)
  const about = { paymentId: entry.paymentId, refundId: '', orderId: payment?.orderId ?? '', theirFen: entry.amountFen }
  const cure = { kind: 'state_trade', entry } as const
  if (payment === undefined) return { ...about, kind: 'DIFFERENCE_KIND_THEIRS_ONLY', ourFen: 0, detail: 'no payment of ours has this number', cure }
  if (payment.amountFen !== entry.amountFen)
    return { ...about, kind: 'DIFFERENCE_KIND_AMOUNT_DIFFERS', ourFen: payment.amountFen, detail: 'paid, but not what was asked for', cure }
  if (payment.state !== 'paid')
    return { ...about, kind: 'DIFFERENCE_KIND_THEIRS_ONLY', ourFen: 0, detail: `the platform was paid, here it is ${payment.state}`, cure }
  if (payment.tradeNo !== entry.tradeNo)
    return { ...about, kind: 'DIFFERENCE_KIND_THEIRS_ONLY', ourFen: 0, detail: `paid as trade ${entry.tradeNo}, known as trade ${payment.tradeNo ?? ''}`, cure }
  const order = orders.get(payment.orderId)
  if (
    order?.paymentId === payment.paymentId ||
    refunds.has(surplusRefundId(payment.paymentId)) ||
    payment.refundingFen + payment.refundedFen === payment.amountFen
  )
    return undefined
  return {
    ...about,
    kind: 'DIFFERENCE_KIND_STATE_DIFFERS',
    ourFen: payment.amountFen,
    detail: `the order is not paid by it (${order?.state ?? 'no such order'})`,
    cure: order === undefined ? { kind: 'look', at: 'the payment: the orders do not know its order' } : { kind: 'tell_paid', payment },
  }
}

function refundMismatch(entry: BillEntry, { payments, refunds, orders }: NamedRows): Mismatch | undefined {
  const { paymentId, refundId, amountFen } = entry
  const refund = refunds.get(refundId)
  const payment = payments.get(paymentId)
  const about = { paymentId, refundId, orderId: payment?.orderId ?? '', theirFen: amountFen }
  if (refund?.paymentId !== paymentId) {
    return { ...about, kind: 'DIFFERENCE_KIND_THEIRS_ONLY', ourFen: 0, detail: 'no refund of ours has this number', cure: { kind: 'state_refund', entry } }
  }
  if (refund.amountFen !== amountFen) {
    return {
      ...about,
      kind: 'DIFFERENCE_KIND_AMOUNT_DIFFERS',
      ourFen: refund.amountFen,
      detail: 'refunded, but not what was asked for',
      cure: refund.state === 'failed' ? { kind: 'confirm_refusal' } : { kind: 'state_refund', entry },
    }
  }
  if (refund.state === 'done') {
    // No proof that it went back twice, for the same reason as below.
    if (payment !== undefined && isByHand(refund, payment)) {
      return { ...about, kind: 'DIFFERENCE_KIND_STATE_DIFFERS', ourFen: amountFen, detail: 'in the bill, here a person gave it back', cure: byHandCure }
    }
    const shownFen = orders.get(refund.orderId)?.platformRefundedFen ?? 0
    // Orders do not count money that they had no use for.
    if (refund.surplus === 1 || shownFen >= (payment?.refundedFen ?? 0)) return undefined
    return {
      ...about,
      kind: 'DIFFERENCE_KIND_STATE_DIFFERS',
      ourFen: amountFen,
      detail: `the order shows ${shownFen} fen as back from the platform, its payment ${payment?.refundedFen ?? 0}`,
      cure: { kind: 'tell_refund', refund },
    }
  }
  if (refund.state === 'failed') {
    // No proof that it went back: WeChat Pay has it on the day that it was asked for, and leaves it there if it gives up later.
    return { ...about, kind: 'DIFFERENCE_KIND_STATE_DIFFERS', ourFen: 0, detail: 'in the bill, here it came to nothing', cure: { kind: 'confirm_refusal' } }
  }
  return { ...about, kind: 'DIFFERENCE_KIND_STATE_DIFFERS', ourFen: amountFen, detail: `in the bill, here it is ${refund.state}`, cure: { kind: 'ask_refund' } }
}

const byHandCure: Cure = { kind: 'confirm_by_hand' }

/** Paid that day, as we say, and not in the day's bill. */
export function unbilledPayment(payment: PaymentRow): Mismatch {
  const { paymentId, orderId, amountFen } = payment
  const detail = 'paid that day, and not in the bill'
  return { kind: 'DIFFERENCE_KIND_OURS_ONLY', paymentId, refundId: '', orderId, ourFen: amountFen, theirFen: 0, detail, cure: { kind: 'ask_trade', payment } }
}

/** Asked for that day and done, as we say, and not in the day's bill: there it stands on the day that the platform took it up. */
export function unbilledRefund(refund: RefundRow, payment: PaymentRow | undefined): Mismatch {
  const { paymentId, refundId, orderId, amountFen } = refund
  return {
    kind: 'DIFFERENCE_KIND_OURS_ONLY',
    paymentId,
    refundId,
    orderId,
    ourFen: amountFen,
    theirFen: 0,
    detail: 'refunded, and not in the bill of the day on which it was asked for',
    cure: payment !== undefined && isByHand(refund, payment) ? byHandCure : { kind: 'confirm_refund' },
  }
}
