import type { NewTrade, PayLink, TradeReport } from '@suanpan/channels'
import { isOpen, type QuarantineReason } from './states.ts'
import type { PaymentEvent, PaymentOrderRow, PaymentRow } from './tables.ts'

/** An attempt as it is asked for, with everything that is not a decision already looked up. */
export interface Opening extends Pick<
  PaymentRow,
  'paymentId' | 'orderId' | 'userId' | 'channel' | 'product' | 'amountFen' | 'subject' | 'customer' | 'expiresAt' | 'traceparent'
> {
  /** When the platform is asked about it first. */
  readonly queryAt: number
  readonly at: number
}

export type OpenDecision =
  | { readonly kind: 'opened'; readonly payment: PaymentRow; readonly order: PaymentOrderRow }
  | { readonly kind: 'known'; readonly payment: PaymentRow }
  | { readonly kind: RefusedOpening }

/** `barred`: the order is to be cancelled. `paid`: a platform has its money, and the order is about to learn of it. */
export type RefusedOpening = 'barred' | 'paid' | 'too_many'

/** Each attempt is asked about at its platform until its time is over: nobody who wants to pay needs more of them. */
const maxAttempts = 20

/**
 * Opens an attempt, unless one over the same channel and product, for the same customer where that matters, is open: then
 * that is the one, and a customer who asks twice pays once.
 */
export function decideOpen(order: PaymentOrderRow | undefined, attempts: readonly PaymentRow[], opening: Opening): OpenDecision {
  const { orderId, channel, product, customer, at } = opening
  if (order?.barred === 1) return { kind: 'barred' }
  if (order !== undefined && order.capturedFen > 0) return { kind: 'paid' }
  const known = attempts.find(
    (payment) =>
      (payment.state === 'creating' || payment.state === 'pending') &&
      payment.channel === channel &&
      payment.product === product &&
      payment.customer === customer &&
      payment.expiresAt > at,
  )
  if (known !== undefined) return { kind: 'known', payment: known }
  if (attempts.length >= maxAttempts) return { kind: 'too_many' }
  const payment: PaymentRow = {
    ...opening,
    state: 'creating',
    link: null,
    tradeNo: null,
    paidAt: null,
    refundingFen: 0,
    refundedFen: 0,
    createdAt: at,
    changedAt: at,
    queries: 0,
    events: [{ at, what: 'created', detail: `${channel} ${product}` }],
  }
  const before = order ?? newOrder(orderId, at)
  return { kind: 'opened', payment, order: { ...before, paymentIds: [...before.paymentIds, opening.paymentId], changedAt: at } }
}

export function newOrder(orderId: string, at: number): PaymentOrderRow {
  return { orderId, barred: 0, paymentIds: [], capturedFen: 0, refundedFen: 0, changedAt: at }
}

/** What the platform is asked to make: the same for every try with this number, as platforms demand. */
export function tradeOf({ paymentId, product, subject, amountFen, expiresAt }: PaymentRow, customer: Pick<NewTrade, 'clientIp' | 'openId'>): NewTrade {
  return { paymentId, product, subject, amountFen, expiresAt, ...customer }
}

/** What a platform answered when it was asked to make a trade. */
export type MadeTrade = { readonly link: PayLink } | { readonly refusedBecause: string }

/** An attempt that moved on meanwhile keeps its state. */
export function decideCreated(payment: PaymentRow, made: MadeTrade, at: number): PaymentRow {
  if ('link' in made) {
    const state = payment.state === 'creating' ? 'pending' : payment.state
    // One offer right after another takes its place: the last one says from when the link is.
    const before = payment.events.at(-1)?.what === 'offered' ? payment.events.slice(0, -1) : payment.events
    return { ...payment, state, link: made.link, changedAt: at, events: noted({ events: before }, at, 'offered', made.link.kind) }
  }
  const state = payment.state === 'creating' ? 'refused' : payment.state
  return { ...payment, state, changedAt: at, events: noted(payment, at, 'refused', made.refusedBecause) }
}

export type TradeDecision =
  | { readonly kind: 'moved'; readonly payment: PaymentRow }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'quarantine'; readonly reason: QuarantineReason; readonly detail: string }

/** What is known of a trade at its platform, except that it does not know it. */
export type KnownTrade = Exclude<TradeReport, { readonly state: 'not_found' }>

/** Moves an attempt forward by what its platform says: paid wins over everything, closed over what is open. */
export function decideTrade(payment: PaymentRow, trade: KnownTrade, source: string, at: number): TradeDecision {
  switch (trade.state) {
    case 'unpaid':
      return { kind: 'nothing' }
    case 'closed':
      if (!isOpen(payment.state)) return { kind: 'nothing' }
      return { kind: 'moved', payment: { ...payment, state: 'closed', changedAt: at, queryAt: null, events: noted(payment, at, 'closed', source) } }
    case 'paid':
      return decidePaid(payment, trade, source, at)
  }
}

type PaidTrade = Extract<TradeReport, { readonly state: 'paid' }>

function decidePaid(payment: PaymentRow, { tradeNo, amountFen, currency, paidAt }: PaidTrade, source: string, at: number): TradeDecision {
  if (currency !== 'CNY') return { kind: 'quarantine', reason: 'currency_differs', detail: `paid in ${currency}, asked for in CNY` }
  if (amountFen !== payment.amountFen) {
    return { kind: 'quarantine', reason: 'amount_differs', detail: `paid ${amountFen} fen, asked for ${payment.amountFen}` }
  }
  if (payment.state === 'paid') {
    if (payment.tradeNo === tradeNo) return { kind: 'nothing' }
    return { kind: 'quarantine', reason: 'trade_differs', detail: `paid as trade ${tradeNo}, known as trade ${payment.tradeNo ?? ''}` }
  }
  const late = payment.state === 'closed' ? ', after it was closed' : ''
  const events = noted(payment, at, 'paid', `${source}${late}`)
  return { kind: 'moved', payment: { ...payment, state: 'paid', tradeNo, paidAt, changedAt: at, queryAt: null, events } }
}

/** The event list with one more; what is said twice in a row is kept once. */
export function noted({ events }: Pick<PaymentRow, 'events'>, at: number, what: string, detail: string): readonly PaymentEvent[] {
  const last = events.at(-1)
  return last?.what === what && last.detail === detail ? events : [...events, { at, what, detail }]
}
