import type { KnownRefund } from '@suanpan/channels'
import { isOver, type QuarantineReason } from './states.ts'
import type { PaymentEvent, PaymentOrderRow, PaymentRow, RefundRow } from './tables.ts'
import { noted } from './rules.ts'

/** A refund as it is asked for, by the order or because the money is a surplus. */
export interface RefundRequest {
  readonly refundId: string
  readonly paymentId: string
  /** Absent: all that is left, of a payment that the order has no use for. */
  readonly amountFen: number | undefined
  readonly reason: string
  readonly at: number
  readonly traceparent: string
}

/** One number for the refund of a surplus, made of the payment's: whoever asks a second time asks for the same refund. */
export function surplusRefundId(paymentId: string): string {
  return `rs_${paymentId.slice(-26)}`
}

export type OpenRefundDecision =
  | { readonly kind: 'opened'; readonly refund: RefundRow; readonly payment: PaymentRow }
  | { readonly kind: 'known' }
  /** There is nothing to give back, which no correct history leads to. */
  | { readonly kind: 'impossible'; readonly because: string }

/** Opens a refund, once per number. What it will take is reserved, so that two of them never give back more than was paid. */
export function decideOpenRefund(refund: RefundRow | undefined, payment: PaymentRow | undefined, request: RefundRequest): OpenRefundDecision {
  if (refund !== undefined) return { kind: 'known' }
  const { refundId, paymentId, reason, at, traceparent } = request
  if (payment === undefined) return { kind: 'impossible', because: `there is no payment ${paymentId}` }
  if (payment.state !== 'paid') return { kind: 'impossible', because: `payment ${paymentId} is not paid` }
  const leftFen = payment.amountFen - payment.refundingFen - payment.refundedFen
  const amountFen = request.amountFen ?? leftFen
  if (amountFen < 1 || amountFen > leftFen) return { kind: 'impossible', because: `payment ${paymentId} has ${leftFen} fen left, ${amountFen} are asked for` }
  return {
    kind: 'opened',
    refund: {
      refundId,
      channel: payment.channel,
      paymentId,
      orderId: payment.orderId,
      amountFen,
      reason,
      surplus: request.amountFen === undefined ? 1 : 0,
      state: 'waiting',
      tries: 0,
      askAt: at,
      createdAt: at,
      changedAt: at,
      traceparent,
    },
    payment: {
      ...payment,
      refundingFen: payment.refundingFen + amountFen,
      changedAt: at,
      events: noted(payment, at, 'refund opened', `${refundId}: ${amountFen} fen, ${reason}`),
    },
  }
}

export type TurnDecision =
  | { readonly kind: 'ask'; readonly refund: RefundRow; readonly payment: PaymentRow }
  /** Another refund of the payment was asked for too short a time ago: this one is put off until it may be. */
  | { readonly kind: 'put_off'; readonly refund: RefundRow }
  /** Somebody else has claimed it meanwhile, and goes on with it. */
  | { readonly kind: 'overtaken' }

const askedFor = 'refund asked for'

/**
 * Platforms want a pause between two refunds of one trade, and may refuse for good what comes too early. When each was asked
 * for last is noted at the payment, before it is, so that every process keeps to it. `before`: the refund as it was before
 * it was claimed, which what is put off becomes again. `askAgainAfterMs`: when what was stuck is asked about by itself. Notes
 * of a clock that ran ahead by more than the pause hold nobody up; clocks of processes always differ by a little.
 */
export function decideTurn(
  refund: RefundRow,
  payment: PaymentRow,
  before: RefundRow,
  { betweenRefundsMs, askAgainAfterMs }: { readonly betweenRefundsMs: number; readonly askAgainAfterMs: number },
  at: number,
): TurnDecision {
  if (refund.tries !== before.tries + 1) return { kind: 'overtaken' }
  const wasStuck = refund.state === 'stuck'
  const lastAskedAt = payment.events.reduce(
    (last, { what, at: askedAt }) => (what === askedFor && askedAt - at < betweenRefundsMs ? Math.max(last, Math.min(askedAt, at)) : last),
    -Infinity,
  )
  const turnAt = lastAskedAt + betweenRefundsMs
  if (at < turnAt) {
    const changed = wasStuck ? ({ state: 'asked', changedAt: at } as const) : { state: before.state, tries: before.tries }
    return { kind: 'put_off', refund: { ...refund, ...changed, askAt: turnAt } }
  }
  return {
    kind: 'ask',
    refund: wasStuck ? { ...refund, state: 'asked', askAt: at + askAgainAfterMs, changedAt: at } : refund,
    payment: { ...payment, changedAt: at, events: askNoted(payment, refund, at) },
  }
}

/** So many of the asks for one refund are kept, besides the first. */
const asksKept = 20

/**
 * What happened is only ever added to, in order. But what a platform never answers is asked for as long as it takes, 144 times
 * a day: of these asks, which say nothing new, the first is kept and the newest, which are all that anybody goes by.
 */
function askNoted({ events }: PaymentRow, { refundId }: RefundRow, at: number): readonly PaymentEvent[] {
  const all = [...events, { at, what: askedFor, detail: refundId }]
  const [, ...again] = all.filter(({ what, detail }) => what === askedFor && detail === refundId)
  const dropped = new Set(again.slice(0, -asksKept))
  return dropped.size === 0 ? all : all.filter((event) => !dropped.has(event))
}

/** Whether the platform was asked for it so short a time ago, `withinMs`, that it may have done it and not say so yet. */
export function wasAskedLately({ events }: PaymentRow, refundId: string, withinMs: number, now: number): boolean {
  return events.some(({ what, detail, at }) => what === askedFor && detail === refundId && Math.abs(now - at) < withinMs)
}

export type RefundDecision =
  | { readonly kind: 'done' | 'failed'; readonly refund: RefundRow; readonly payment: PaymentRow; readonly order: PaymentOrderRow }
  /** Only when or whether to ask again has changed. */
  | { readonly kind: 'waits'; readonly refund: RefundRow }
  | { readonly kind: 'nothing' }
  /** A person said before that it was given back. */
  | { readonly kind: 'already_by_hand' }
  | { readonly kind: 'quarantine'; readonly reason: QuarantineReason; readonly detail: string; readonly refund: RefundRow | undefined }

/** Moves a refund forward by what its platform says. */
export function decideRefund(refund: RefundRow, payment: PaymentRow, order: PaymentOrderRow, report: KnownRefund, at: number): RefundDecision {
  if (refund.state === 'failed' && report.state === 'done') {
    const detail = `${refund.refundId}: ${report.amountFen} fen went back, although it was refused before`
    return { kind: 'quarantine', reason: 'refund_after_refusal', detail, refund: undefined }
  }
  if (report.state === 'done' && report.amountFen !== refund.amountFen) {
    const detail = `${refund.refundId}: ${report.amountFen} fen went back, asked for ${refund.amountFen}`
    return { kind: 'quarantine', reason: 'refund_amount_differs', detail, refund: refund.state === 'done' ? undefined : stuck(refund, at) }
  }
  if (report.state === 'done' && isByHand(refund, payment)) {
    const detail = `${refund.refundId}: ${report.amountFen} fen went back, although a person had given them back by hand`
    return { kind: 'quarantine', reason: 'refund_after_by_hand', detail, refund: undefined }
  }
  if (report.state === 'processing') return decideHint(refund, payment, at)
  if (isOver(refund.state)) return { kind: 'nothing' }
  switch (report.state) {
    case 'abnormal':
      return {
        kind: 'quarantine',
        reason: 'refund_abnormal',
        detail: `${refund.refundId}: the platform could not hand ${refund.amountFen} fen back`,
        refund: stuck(refund, at),
      }
    case 'done':
      return settled('done', refund, payment, order, at)
    case 'closed':
      return decideRefused(refund, payment, order, { code: 'closed', isProven: true }, at)
  }
}

/**
 * Something happens to it, and the next question will tell what. What was stuck moves again. What ended without a word of the
 * platform's is asked about, too: it may be doing what a person has done, or what it refused; and Alipay never tells more.
 */
function decideHint(refund: RefundRow, payment: PaymentRow, at: number): RefundDecision {
  if (refund.state === 'done' && !isByHand(refund, payment)) return { kind: 'nothing' }
  if (refund.askAt !== null && refund.askAt <= at) return { kind: 'nothing' }
  return { kind: 'waits', refund: { ...refund, state: refund.state === 'stuck' ? 'asked' : refund.state, askAt: at, changedAt: at } }
}

function stuck(refund: RefundRow, at: number): RefundRow {
  return { ...refund, state: 'stuck', askAt: null, changedAt: at }
}

const settledAs = { done: 'refunded', by_hand: 'refunded by hand', failed: 'refund failed' } as const

function settled(how: keyof typeof settledAs, refund: RefundRow, payment: PaymentRow, order: PaymentOrderRow, at: number): RefundDecision {
  const { amountFen } = refund
  const kind = how === 'failed' ? 'failed' : 'done'
  const movedFen = kind === 'done' ? amountFen : 0
  return {
    kind,
    refund: { ...refund, state: kind, askAt: null, changedAt: at },
    payment: {
      ...payment,
      refundingFen: payment.refundingFen - amountFen,
      refundedFen: payment.refundedFen + movedFen,
      changedAt: at,
      events: noted(payment, at, settledAs[how], settledDetail(refund)),
    },
    order: { ...order, refundedFen: order.refundedFen + movedFen, changedAt: at },
  }
}

function settledDetail({ refundId, amountFen }: RefundRow): string {
  return `${refundId}: ${amountFen} fen`
}

/**
 * A person gave back what the platform would not. Believed only of what waits for a person: whatever else is said of it,
 * the platform may still be doing it, or has ended it itself.
 */
export function decideByHand(refund: RefundRow, payment: PaymentRow, order: PaymentOrderRow, at: number): RefundDecision {
  if (refund.state === 'stuck') return settled('by_hand', refund, payment, order, at)
  return { kind: isByHand(refund, payment) ? 'already_by_hand' : 'nothing' }
}

export function isByHand(refund: RefundRow, { events }: PaymentRow): boolean {
  return events.some(({ what, detail }) => what === settledAs.by_hand && detail === settledDetail(refund))
}

/** `isProven`: no earlier try of it was done either. */
export interface Refusal {
  readonly code: string
  readonly isProven: boolean
}

/**
 * The platform said no for good. What the order asked for has failed; it may ask again, for another amount or later. A
 * surplus must go back all the same: it stays, and a person looks at it, as at what may have been done by an earlier try.
 */
export function decideRefused(refund: RefundRow, payment: PaymentRow, order: PaymentOrderRow, { code, isProven }: Refusal, at: number): RefundDecision {
  if (isOver(refund.state)) return { kind: 'nothing' }
  if (refund.surplus === 0 && isProven) return settled('failed', refund, payment, order, at)
  const detail = `${refund.refundId}: the platform refuses (${code})${isProven ? '' : ', and does not say for sure that it has not done it'}`
  return { kind: 'quarantine', reason: 'refund_refused', detail, refund: stuck(refund, at) }
}
