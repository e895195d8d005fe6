import type { Channel } from './channel.ts'
import { endOfDay } from './clock.ts'
import { tradeKey, type Platform } from './platform.ts'
import type { Refund, Trade } from './rows.ts'
import { billFaultOf } from './striking.ts'

/** A line of a daily bill: a payment, or a refund beside the payment it belongs to. */
export type BillLine =
  | { readonly kind: 'payment'; readonly trade: Trade; readonly at: number; readonly amountFen: number }
  | { readonly kind: 'refund'; readonly trade: Trade; readonly refund: Refund; readonly at: number; readonly amountFen: number }

/** What was paid and asked back on a day, by time. Unpaid trades are not on it. */
export function billOfDay(platform: Platform, channel: Channel, dayStart: number): BillLine[] {
  const dayEnd = endOfDay(dayStart)
  const isOfDay = (at: number) => at >= dayStart && at < dayEnd
  const lines: BillLine[] = []
  for (const trade of platform.trades.values()) {
    if (trade.channel === channel && isOfDay(trade.paidAt)) lines.push({ kind: 'payment', trade, at: trade.paidAt, amountFen: trade.terms.amountFen })
  }
  for (const refund of platform.refunds.values()) {
    const trade = platform.trades.get(tradeKey(channel, refund.outTradeNo))
    if (refund.channel === channel && trade !== undefined && isOfDay(refund.requestedAt)) {
      lines.push({ kind: 'refund', trade, refund, at: refund.requestedAt, amountFen: refund.amountFen })
    }
  }
  return lines.sort((a, b) => a.at - b.at).flatMap((line) => distorted(platform, line))
}

function distorted(platform: Platform, line: BillLine): BillLine[] {
  const { channel, terms } = line.trade
  const { omit, amountFen } = billFaultOf(platform, { channel, outTradeNo: terms.outTradeNo })
  if (omit === true) return []
  return [amountFen === undefined ? line : { ...line, amountFen }]
}
