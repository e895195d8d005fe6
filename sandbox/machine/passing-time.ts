import { notify } from './notifications.ts'
import { numbersOf } from './numbers.ts'
import type { Change, Decision, Platform } from './platform.ts'
import { settleRefund } from './refunds.ts'
import type { Trade } from './rows.ts'
import { refundWindowMs } from './schedules.ts'
import { closing } from './trades.ts'

/** When a notification is to be sent or a refund settled; undefined: not before somebody does something. */
export function nextDueAt(platform: Platform, underWay: ReadonlySet<string>): number | undefined {
  return earliestOf(function* () {
    for (const key of platform.openNotifications) if (!underWay.has(key)) yield platform.notifications.get(key)?.nextTryAt ?? 0
    for (const key of platform.openRefunds) yield platform.refunds.get(key)?.settlesAt ?? 0
  })
}

/** When the next trade expires or is final. It looks at all of them. */
export function nextEndAt(platform: Platform): number | undefined {
  return earliestOf(function* () {
    for (const key of platform.openTrades) {
      const trade = platform.trades.get(key)
      if (trade !== undefined) yield movesAt(trade)
    }
  })
}

function earliestOf(times: () => Iterable<number>): number | undefined {
  let earliest: number | undefined
  for (const at of times()) if (at > 0 && (earliest === undefined || at < earliest)) earliest = at
  return earliest
}

/**
 * A waiting trade expires at Alipay; at WeChat Pay it only stops being payable. One that was refunded in whole is over
 * already.
 */
function movesAt({ channel, state, expiresAt, paidAt, refundedFen, terms }: Trade): number {
  if (channel === 'wechat' || refundedFen === terms.amountFen) return 0
  return state === 'waiting' ? expiresAt : paidAt + refundWindowMs
}

/** A refund whose processing is over: one at a time, until the answer is `false`. */
export function settleDueRefund(platform: Platform, now: number): Decision<boolean> {
  for (const key of platform.openRefunds) {
    const refund = platform.refunds.get(key)
    if (refund !== undefined && refund.settlesAt <= now) return { answer: true, changes: settleRefund(platform, refund, now) }
  }
  return { answer: false, changes: [] }
}

/** A trade that has expired or become final: one at a time, until the answer is `false`. */
export function endDueTrade(platform: Platform, now: number): Decision<boolean> {
  for (const key of platform.openTrades) {
    const trade = platform.trades.get(key)
    if (trade === undefined) continue
    const at = movesAt(trade)
    if (at === 0 || at > now) continue
    return { answer: true, changes: trade.state === 'waiting' ? closing(platform, trade, at).changes : finishing(platform, trade, at) }
  }
  return { answer: false, changes: [] }
}

function finishing(platform: Platform, trade: Trade, now: number): readonly Change[] {
  const numbers = numbersOf(platform)
  const finished: Trade = { ...trade, state: 'finished' }
  return [{ put: finished }, ...notify(numbers, 'finished', finished, null, now), ...numbers.change()]
}
