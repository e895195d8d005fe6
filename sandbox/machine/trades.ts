import { isDeepStrictEqual } from 'node:util'
import type { Channel, Product } from './channel.ts'
import { notify } from './notifications.ts'
import { numbersOf, type Numbers } from './numbers.ts'
import { tradeKey, type Change, type Decision, type Platform } from './platform.ts'
import type { Offer, Terms, Trade } from './rows.ts'
import { defaultExpiryMs, offerLifeMs } from './schedules.ts'

export interface OfferRequest {
  readonly channel: Channel
  readonly product: Product
  readonly terms: Terms
}

/** Why a buyer cannot pay, or a merchant cannot ask again. */
export type NotPayable =
  | { readonly outcome: 'already_paid'; readonly trade: Trade }
  | { readonly outcome: 'already_closed'; readonly trade: Trade }
  /** The order number is in use for something else. */
  | { readonly outcome: 'other_terms'; readonly trade: Trade }

export type OfferAnswer = { readonly outcome: 'offered'; readonly offer: Offer } | NotPayable

/**
 * The merchant asks for a QR code, a pay URL or a prepay id. The same number may be asked for again while it is unpaid and
 * the terms are the same.
 */
export function makeOffer(platform: Platform, { channel, product, terms }: OfferRequest, now: number): Decision<OfferAnswer> {
  const known = platform.trades.get(tradeKey(channel, terms.outTradeNo))
  const obstacle = known === undefined ? undefined : obstacleTo(known, { product, terms })
  if (obstacle !== undefined) return { answer: obstacle, changes: [] }
  const numbers = numbersOf(platform)
  const key = numbers.next('token', channel, now)
  const offer: Offer = { kind: 'offer', key, channel, product, terms, madeAt: now, usableUntil: now + offerLifeMs[product] }
  // WeChat Pay opens the trade with its offer; at Alipay there is none until a buyer opens it.
  const trade = channel === 'wechat' && known === undefined ? [{ put: newTrade(numbers, offer, now) }] : []
  return { answer: { outcome: 'offered', offer }, changes: [{ put: offer }, ...trade, ...numbers.change()] }
}

function obstacleTo(trade: Trade, offered: Pick<Offer, 'product' | 'terms'>): NotPayable | undefined {
  if (trade.state === 'closed') return { outcome: 'already_closed', trade }
  if (trade.state !== 'waiting') return { outcome: 'already_paid', trade }
  return isSame(trade, offered) ? undefined : { outcome: 'other_terms', trade }
}

/** Both platforms want a number to be asked for in the same words again. */
function isSame(known: Trade, offered: Pick<Offer, 'product' | 'terms'>): boolean {
  // The end by the platforms' clock follows from the text, and from the moment at which it was read.
  const terms = { ...offered.terms, expiresAt: known.terms.expiresAt }
  // Every h5 trade names where the buyer pays: one that does not was made when this was not kept.
  if (known.product === 'h5' && known.terms.scene === undefined) delete terms.scene
  return known.product === offered.product && isDeepStrictEqual(known.terms, terms)
}

function newTrade(numbers: Numbers, { channel, product, terms }: Offer, now: number): Trade {
  const ends = [terms.expiresAt, terms.expiresAfterMs === 0 ? 0 : now + terms.expiresAfterMs].filter((end) => end > 0)
  return {
    kind: 'trade',
    key: tradeKey(channel, terms.outTradeNo),
    channel,
    product,
    terms,
    tradeNo: numbers.next('trade', channel, now),
    state: 'waiting',
    buyerId: terms.buyerId === '' ? defaultBuyer[channel] : terms.buyerId,
    createdAt: now,
    expiresAt: ends.length === 0 ? now + defaultExpiryMs[channel] : Math.min(...ends),
    scannedAt: 0,
    paidAt: 0,
    closedAt: 0,
    refundedAt: 0,
    refundedFen: 0,
    refundCount: 0,
    failures: 0,
  }
}

const defaultBuyer: { readonly [Of in Channel]: string } = { alipay: '2088000000000008', wechat: 'oSandboxBuyer000000000000001' }

export type ScanAnswer =
  | { readonly outcome: 'opened'; readonly trade: Trade }
  | { readonly outcome: 'unknown_code' }
  | { readonly outcome: 'code_expired' }
  | NotPayable

/** A buyer scans the code or opens the URL. At Alipay this is when the trade comes to be. */
export function scan(platform: Platform, token: string, now: number): Decision<ScanAnswer> {
  const offer = platform.offers.get(token)
  if (offer === undefined) return { answer: { outcome: 'unknown_code' }, changes: [] }
  const isOver = offer.usableUntil <= now || (offer.terms.expiresAt > 0 && offer.terms.expiresAt <= now)
  const known = platform.trades.get(tradeKey(offer.channel, offer.terms.outTradeNo))
  const obstacle = known === undefined ? undefined : obstacleTo(known, offer)
  if (obstacle !== undefined) return { answer: obstacle, changes: [] }
  if (isOver) return { answer: { outcome: 'code_expired' }, changes: [] }
  const numbers = numbersOf(platform)
  const trade = { ...(known ?? newTrade(numbers, offer, now)), scannedAt: now }
  return { answer: { outcome: 'opened', trade }, changes: [{ put: trade }, ...numbers.change()] }
}

export type PayAnswer =
  | { readonly outcome: 'paid' | 'failed' | 'already_paid' | 'already_closed' | 'expired'; readonly trade: Trade }
  | { readonly outcome: 'unknown_trade' }

/** The buyer confirms, or tries to and fails (no money, wrong password): then the trade goes on waiting, and nobody is told. */
export function pay(platform: Platform, key: string, outcome: 'success' | 'fail', now: number): Decision<PayAnswer> {
  const trade = platform.trades.get(key)
  if (trade === undefined) return { answer: { outcome: 'unknown_trade' }, changes: [] }
  if (trade.state === 'closed') return { answer: { outcome: 'already_closed', trade }, changes: [] }
  if (trade.state !== 'waiting') return { answer: { outcome: 'already_paid', trade }, changes: [] }
  if (trade.expiresAt <= now) return { answer: { outcome: 'expired', trade }, changes: [] }
  if (outcome === 'fail') {
    const failed = { ...trade, failures: trade.failures + 1 }
    return { answer: { outcome: 'failed', trade: failed }, changes: [{ put: failed }] }
  }
  const numbers = numbersOf(platform)
  const paid: Trade = { ...trade, state: 'paid', paidAt: now }
  const changes: Change[] = [{ put: paid }, ...notify(numbers, 'paid', paid, null, now)]
  return { answer: { outcome: 'paid', trade: paid }, changes: [...changes, ...numbers.change()] }
}

export type CloseAnswer = { readonly outcome: 'closed' | 'already_closed' | 'already_paid'; readonly trade: Trade } | { readonly outcome: 'unknown_trade' }

/** The merchant takes the chance to pay away. An Alipay code that nobody scanned stays payable: there is no trade to close. */
export function close(platform: Platform, key: string, now: number): Decision<CloseAnswer> {
  const trade = platform.trades.get(key)
  if (trade === undefined) return { answer: { outcome: 'unknown_trade' }, changes: [] }
  if (trade.state === 'closed') return { answer: { outcome: 'already_closed', trade }, changes: [] }
  if (trade.state !== 'waiting') return { answer: { outcome: 'already_paid', trade }, changes: [] }
  return closing(platform, trade, now)
}

export function closing(platform: Platform, trade: Trade, now: number): Decision<CloseAnswer> {
  const numbers = numbersOf(platform)
  const closed: Trade = { ...trade, state: 'closed', closedAt: now }
  const changes: Change[] = [{ put: closed }, ...notify(numbers, 'closed', closed, null, now)]
  return { answer: { outcome: 'closed', trade: closed }, changes: [...changes, ...numbers.change()] }
}

/** Takes back the codes of a number that nobody has opened (`alipay.trade.cancel`). */
export function withdraw(platform: Platform, channel: Channel, outTradeNo: string, now: number): Decision<number> {
  const usable = [...platform.offers.values()].filter((offer) => offer.channel === channel && offer.terms.outTradeNo === outTradeNo && offer.usableUntil > now)
  return { answer: usable.length, changes: usable.map((offer) => ({ put: { ...offer, usableUntil: now } })) }
}

/** By the merchant's number or the platform's. */
export function findTrade(
  platform: Platform,
  channel: Channel,
  number: { readonly outTradeNo?: string | undefined; readonly tradeNo?: string | undefined },
): Trade | undefined {
  const { outTradeNo, tradeNo } = number
  const key = tradeNo === undefined ? tradeKey(channel, outTradeNo ?? '') : platform.tradeKeyOf.get(`${channel}/${tradeNo}`)
  return platform.trades.get(key ?? '')
}
