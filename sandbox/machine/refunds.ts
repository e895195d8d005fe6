import type { Channel } from './channel.ts'
import { notify } from './notifications.ts'
import { numbersOf } from './numbers.ts'
import { tradeKey, type Change, type Decision, type Platform } from './platform.ts'
import type { Refund, Trade } from './rows.ts'
import { maxRefunds, refundTakesMs, refundWindowMs } from './schedules.ts'

export interface RefundRequest {
  /** The trade's key. */
  readonly key: string
  /** The merchant's number: the same number is the same refund. */
  readonly outRefundNo: string
  readonly amountFen: number
  readonly reason: string
  /** WeChat Pay only; empty: nobody is notified. */
  readonly notifyUrl: string
  readonly ending: Refund['ending']
  /** So long after one refund of a trade comes the next at the earliest. */
  readonly pauseMs: number
}

export type RefundAnswer =
  | { readonly outcome: 'accepted' | 'repeated'; readonly trade: Trade; readonly refund: Refund }
  /** The number was used for another amount or another trade. */
  | { readonly outcome: 'other_terms'; readonly refund: Refund }
  | { readonly outcome: 'unknown_trade' }
  | { readonly outcome: Obstacle; readonly trade: Trade }

type Obstacle = 'not_paid' | 'finished' | 'exceeds' | 'too_many' | 'too_early'

export function refundKey(channel: Channel, outTradeNo: string, outRefundNo: string): string {
  return channel === 'alipay' ? `alipay/${outTradeNo}/${outRefundNo}` : `wechat/${outRefundNo}`
}

/** Alipay pays back at once and tells the payment's address; WeChat Pay accepts first, and settles a little later. */
export function refund(platform: Platform, request: RefundRequest, now: number): Decision<RefundAnswer> {
  const trade = platform.trades.get(request.key)
  if (trade === undefined) return { answer: { outcome: 'unknown_trade' }, changes: [] }
  const { channel, terms } = trade
  const known = platform.refunds.get(refundKey(channel, terms.outTradeNo, request.outRefundNo))
  if (known !== undefined) return { answer: repeated(trade, known, request), changes: [] }
  const obstacle = obstacleTo(trade, request, now)
  if (obstacle !== undefined) return { answer: { outcome: obstacle, trade }, changes: [] }

  const numbers = numbersOf(platform)
  const accepted: Refund = {
    kind: 'refund',
    key: refundKey(channel, terms.outTradeNo, request.outRefundNo),
    channel,
    outTradeNo: terms.outTradeNo,
    outRefundNo: request.outRefundNo,
    refundNo: numbers.next('refund', channel, now),
    amountFen: request.amountFen,
    reason: request.reason,
    notifyUrl: request.notifyUrl,
    state: channel === 'alipay' ? 'success' : 'processing',
    requestedAt: now,
    settlesAt: now + refundTakesMs[channel],
    ending: channel === 'alipay' ? 'success' : request.ending,
  }
  const refundedFen = trade.refundedFen + request.amountFen
  const reduced: Trade = { ...trade, refundedFen, refundCount: trade.refundCount + 1, refundedAt: now }
  const event = refundedFen === terms.amountFen ? 'fully_refunded' : 'partly_refunded'
  const changes: Change[] = [{ put: accepted }, { put: reduced }, ...notify(numbers, event, reduced, accepted, now)]
  return { answer: { outcome: 'accepted', trade: reduced, refund: accepted }, changes: [...changes, ...numbers.change()] }
}

function repeated(trade: Trade, known: Refund, { amountFen }: RefundRequest): RefundAnswer {
  if (known.outTradeNo !== trade.terms.outTradeNo || known.amountFen !== amountFen) return { outcome: 'other_terms', refund: known }
  return { outcome: 'repeated', trade, refund: known }
}

function obstacleTo(trade: Trade, { amountFen, pauseMs }: RefundRequest, now: number): Obstacle | undefined {
  if (trade.paidAt === 0) return 'not_paid'
  if (now >= trade.paidAt + refundWindowMs) return 'finished'
  if (trade.refundedFen + amountFen > trade.terms.amountFen) return 'exceeds'
  if (trade.refundCount >= maxRefunds[trade.channel]) return 'too_many'
  return trade.refundCount > 0 && now < trade.refundedAt + pauseMs ? 'too_early' : undefined
}

/** A refund that was being processed has ended. One that was closed takes nothing from the trade. */
export function settleRefund(platform: Platform, processing: Refund, now: number): readonly Change[] {
  const trade = platform.trades.get(tradeKey(processing.channel, processing.outTradeNo))
  if (trade === undefined) return []
  const numbers = numbersOf(platform)
  const settled: Refund = { ...processing, state: processing.ending, settlesAt: now }
  const given: Trade = settled.state === 'closed' ? { ...trade, refundedFen: trade.refundedFen - settled.amountFen } : trade
  return [{ put: settled }, { put: given }, ...notify(numbers, 'refund_settled', given, settled, now), ...numbers.change()]
}
