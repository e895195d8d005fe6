import { beijingEpoch, beijingText } from '@suanpan/channels/platform-time'

const dayMs = 24 * 3_600_000

/** Bills of a day are out on the next one after about 10:00 (both platforms' documentation). */
const billsOutAtMs = 10.5 * 3_600_000

/** From (inclusive) to (exclusive), epoch ms, of a day such as `2026-11-26`. */
export function dayBounds(date: string): { readonly from: number; readonly to: number } {
  const from = beijingEpoch(`${date} 00:00:00`)
  if (from === undefined) throw new Error(`there is no day ${date}`)
  return { from, to: from + dayMs }
}

/** The newest days whose bills should be out by now, the newest first. */
export function dueDays(now: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, back) => dayOf(now - billsOutAtMs - (1 + back) * dayMs))
}

/** The platforms' day that this moment is in. */
function dayOf(now: number): string {
  return beijingText(now).slice(0, 10)
}
