import { chinaDate, endOfDay, readChinaTime, startOfDay } from '../machine/index.ts'

export interface Expiry {
  readonly expiresAt: number
  readonly expiryText: string
  readonly expiresAfterMs: number
}

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 }
const longestMs = 15 * 86_400_000

/**
 * Until when an offer can be paid: `time_expire`, a time in China, and `timeout_express`, `30m`, `2h`, `1d`, or `1c` for
 * the end of the day. The merchant names times by the machine's clock; they are taken over to the platforms'.
 * Undefined: one of them is no such thing, or over.
 */
export function expiryOf(
  { time_expire: end, timeout_express: duration }: { readonly time_expire?: string; readonly timeout_express?: string },
  { virtualNow, realNow }: { readonly virtualNow: number; readonly realNow: number },
): Expiry | undefined {
  const named = end === undefined ? realNow : readChinaTime(end.length === 16 ? `${end}:00` : end)
  const expiresAfterMs = duration === undefined ? 0 : durationMs(duration, virtualNow)
  if (named === undefined || expiresAfterMs === undefined || (end !== undefined && named <= realNow)) return undefined
  return { expiresAt: end === undefined ? 0 : virtualNow + named - realNow, expiryText: end ?? '', expiresAfterMs }
}

function durationMs(text: string, now: number): number | undefined {
  if (text === '1c') return endOfDay(startOfDay(chinaDate(now)) ?? now) - now
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  const duration = Number(count) * (unitMs[unit] ?? NaN)
  return duration <= longestMs ? duration : undefined
}
