import { measure, type Measured } from '../measure.ts'
import type { Program } from '../programs.ts'
import { auditShop, prepareShop, type AuditSummary } from '../shop-setup.ts'
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
}

/** Compilers and caches of a dozen processes warm up. */
const warmUpMs = 5_000
/** Messages of the last orders are handled by then. */
const settleMs = 3_000
const idleMs = 3_000

/** A shop that has just started: warm-up, peak, half of it, rest, and the books. */
export async function runRound(program: Program, { durationMs, withHalf }: RoundOptions): Promise<Omit<Round, 'deaths'>> {
  const shop = await prepareShop(program)

  async function window(forMs: number, ratePerSecond?: number): Promise<Window> {
    const load = { program, shop, hotShare: 0, durationMs: forMs }
    const before = readProcessorTime()
    const measured = await measure(ratePerSecond === undefined ? load : { ...load, ratePerSecond })
    const { msByName, othersShare } = spentBetween(before, readProcessorTime())
    return { ...measured, microsecondsByName: perEach(msByName, measured.orders / 1_000), othersShare }
  }

  await window(warmUpMs)
  const peak = await window(durationMs)
  const half = withHalf ? await window(durationMs, peak.ordersPerSecond / 2) : undefined
  await sleep(settleMs)
  const before = readProcessorTime()
  await sleep(idleMs)
  const { msByName, othersShare: idleOthersShare } = spentBetween(before, readProcessorTime())
  return { peak, half, idle: perEach(msByName, idleMs), idleOthersShare, audit: await auditShop(program, shop) }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const perEach = (amounts: ReadonlyMap<string, number>, count: number): ReadonlyMap<string, number> =>
  new Map([...amounts].map(([name, amount]) => [name, amount / count]))
