import { measure, type LoadOptions, type Measured } from '../measure.ts'
import type { Program } from '../programs.ts'
import { auditOnceSettled, prepareShop, type AuditSummary } from '../shop-setup.ts'
import { readProcessorTime, spentBetween } from './processor-time.ts'

/** One measurement, where its processor time went, and how much of the machine others took meanwhile. */
export interface Window extends Measured {
  /** Processor time per order, by what ran. */
  readonly microsecondsByName: ReadonlyMap<string, number>
  readonly othersShare: number
}

export interface Round {
  readonly peak: Window
  /** At half of that rate; absent where it was not asked for. */
  readonly half: Window | undefined
  /** Of each second, what processes take while nobody orders anything: shares of a core, by name. */
  readonly idle: ReadonlyMap<string, number>
  readonly idleOthersShare: number
  readonly audit: AuditSummary
  /** Processes that ended and were started again: then it was no measurement. */
  readonly deaths: number
}

export interface RoundOptions {
  readonly durationMs: number
  readonly withHalf: boolean
  /** Requests in flight; of several, whatever serves it best is the peak. */
  readonly connections: readonly number[]
}

/** Compilers and caches of a dozen processes warm up with so many orders, or for as long as that is tried. */
const warmUpOrders = 5_000
const warmUpMs = 2_500
const warmUpAtMost = 8
/** Messages of the last orders are handled by then. */
const settleMs = 3_000
const idleMs = 3_000

/** A shop that has just started: warm-up, peak, half of it, rest, and the books. */
export async function runRound(program: Program, { durationMs, withHalf, connections }: RoundOptions): Promise<Omit<Round, 'deaths'>> {
  const shop = await prepareShop(program)

  async function window(more: Pick<LoadOptions, 'durationMs' | 'ratePerSecond' | 'connections'>): Promise<Window> {
    const before = readProcessorTime()
    const measured = await measure({ program, shop, hotShare: 0, ...more })
    const { msByName, othersShare } = spentBetween(before, readProcessorTime())
    return { ...measured, microsecondsByName: perEach(msByName, measured.orders / 1_000), othersShare }
  }

  for (let tries = 0, orders = 0; tries < warmUpAtMost && orders < warmUpOrders; tries++) orders += (await window({ durationMs: warmUpMs })).orders
  const windows: Window[] = []
  for (const inFlight of connections) windows.push(await window({ durationMs, connections: inFlight }))
  const peak = windows.reduce((best, each) => (each.ordersPerSecond > best.ordersPerSecond ? each : best))
  const half = withHalf ? await window({ durationMs, ratePerSecond: peak.ordersPerSecond / 2 }) : undefined
  await sleep(settleMs)
  const before = readProcessorTime()
  await sleep(idleMs)
  const { msByName, othersShare: idleOthersShare } = spentBetween(before, readProcessorTime())
  return { peak, half, idle: perEach(msByName, idleMs), idleOthersShare, audit: await auditOnceSettled(program, shop) }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const perEach = (amounts: ReadonlyMap<string, number>, count: number): ReadonlyMap<string, number> =>
  new Map([...amounts].map(([name, amount]) => [name, amount / count]))
