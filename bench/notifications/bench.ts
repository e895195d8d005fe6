import { inRounds, isAllPlaced, median, mediansOf, remarksOn, sumsOf } from '../measure.ts'
import { auditText } from '../shop-setup.ts'
import type { Figures } from './sending.ts'
import { prepareWindows } from './windows.ts'

export interface NotificationBenchOptions {
  readonly dataDir: string
  /** Notifications of each measurement. */
  readonly count: number
  readonly rounds: number
  readonly say: (line: string) => void
}

/**
 * Notifications acknowledged a second, beside a bare server that only verifies and writes; the answer's time at half of
 * that rate, the time until all effects are seen at that rate, and the answer's time while orders are placed at full rate.
 * Answers whether the audit found the books right, and those orders were placed.
 */
export async function benchNotifications({ dataDir, count, rounds, say }: NotificationBenchOptions): Promise<boolean> {
  const windows = await prepareWindows(dataDir, count)
  const fast = await inRounds(rounds, windows.asFastAsItGoes)
  const [peakOfBare, peak] = [medianOf(fast.map(({ bare }) => bare)), medianOf(fast.map(({ ours }) => ours))]
  say(line('limit: bare server, verify and one durable row', peakOfBare))
  say(line('shop: notifications of Alipay and WeChat Pay', peak))
  const settledPerSecond = median(fast.map((round) => round.settledPerSecond))
  say(`ratio: shop ÷ limit ${(peak.perSecond / peakOfBare.perSecond).toFixed(2)}; with all their effects ${settledPerSecond.toFixed(0)}/s`)

  const halfPerSecond = peak.perSecond / 2
  const halves = await inRounds(rounds, () => windows.answersAt(halfPerSecond))
  say(line("limit: at half of the shop's rate", medianOf(halves.map(({ bare }) => bare))))
  say(line('shop: at half of its rate', medianOf(halves.map(({ ours }) => ours))))
  const delays = (await inRounds(rounds, () => windows.effectsAt(halfPerSecond))).flat()
  say(`shop: from answer to order paid, points granted, log written, as seen from outside: ${percentilesText(delays)}`)

  const besides = await inRounds(rounds, () => windows.besideOrders(peak.perSecond))
  const otherwise = sumsOf(besides.map((beside) => beside.otherwise))
  say(line('shop: while orders are placed at full rate', medianOf(besides.map(({ figures }) => figures))) + remarksOn({ unsent: 0, otherwise }))
  const audit = await windows.audit()
  say(`audit, notifications: ${auditText(audit)}`)
  await windows.stop()
  return audit.ok && isAllPlaced({ otherwise })
}

const medianOf = (rounds: readonly Figures[]): Figures => mediansOf(['perSecond', 'p50Ms', 'p99Ms', 'serverMicroseconds'], rounds)

function percentilesText(delaysMs: readonly number[]): string {
  const sorted = delaysMs.toSorted((one, other) => one - other)
  const percentile = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(0)
  return `p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms (${sorted.length} orders)`
}

function line(name: string, { perSecond, p50Ms, p99Ms, serverMicroseconds }: Figures): string {
  const figures = [`${perSecond.toFixed(0).padStart(7)}/s`, `p50 ${p50Ms.toFixed(1).padStart(6)} ms`, `p99 ${p99Ms.toFixed(1).padStart(6)} ms`]
  return `${name.padEnd(50)} ${figures.join('  ')}  cpu ${serverMicroseconds.toFixed(0).padStart(4)} µs server`
}
