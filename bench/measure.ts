import { createOrderRequests, startLoad, type LoadResult } from '@suanpan/load'
import { collectGarbage } from './client-garbage.ts'
import type { Program } from './programs.ts'
import type { PreparedShop } from './shop-setup.ts'

export interface Measured {
  /** Only what was answered `201` is an order that was placed. */
  readonly ordersPerSecond: number
  readonly orders: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server per order. */
  readonly serverMicroseconds: number
  /** Processor time of the client per order: it shares the machine. */
  readonly clientMicroseconds: number
  /** Due, and not sent, because all connections were busy. */
  readonly unsent: number
  /** Whatever was not answered `201`, by outcome. Where there is any, the numbers beside it do not count. */
  readonly otherwise: Readonly<Record<string, number>>
}

export interface LoadOptions {
  readonly program: Pick<Program, 'host' | 'port' | 'cpuMs'>
  readonly shop: Pick<PreparedShop, 'tokens' | 'skus'>
  readonly hotShare: number
  readonly durationMs: number
  /** Open loop at this rate; absent: as fast as it goes. */
  readonly ratePerSecond?: number
  /** Requests in flight at most; 96 by default. */
  readonly connections?: number
}

/** Enough in flight that batches fill, few enough that nobody waits for long. */
const usualConnections = 96

/** Goods and balances never run out: a refusal, or an order that is only accepted, is none. */
const placed = '201'

let runs = 0

/** Places two-line orders for a while, and says what they cost. */
export async function measure({ program, shop, hotShare, durationMs, ratePerSecond, connections = usualConnections }: LoadOptions): Promise<Measured> {
  const requests = createOrderRequests({
    target: program,
    ...shop,
    linesPerOrder: 2,
    hotShare,
    asyncShare: 0,
    keyPrefix: `bench-${process.pid}-${++runs}`,
    random: Math.random,
  })
  collectGarbage()
  const serverBefore = program.cpuMs()
  const clientBefore = process.cpuUsage()
  const plan = { target: program, connections, durationMs, requestOf: requests.requestOf }
  const result = await startLoad(ratePerSecond === undefined ? plan : { ...plan, ratePerSecond }).finished
  const client = process.cpuUsage(clientBefore)
  return summarise(result, program.cpuMs() - serverBefore, (client.user + client.system) / 1000)
}

function summarise({ durationMs, outcomes, unsent, latency }: LoadResult, serverMs: number, clientMs: number): Measured {
  const { [placed]: orders = 0, ...otherwise } = Object.fromEntries(outcomes)
  return {
    ordersPerSecond: (orders * 1_000) / durationMs,
    orders,
    p50Ms: latency.percentileMs(0.5),
    p99Ms: latency.percentileMs(0.99),
    serverMicroseconds: (serverMs * 1000) / orders,
    clientMicroseconds: (clientMs * 1000) / orders,
    unsent,
    otherwise,
  }
}

/** The same measured so often, one after the other. */
export async function inRounds<Result>(rounds: number, measureOnce: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let round = 0; round < rounds; round++) results.push(await measureOnce())
  return results
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Figure by figure: each the median of its runs, never the best of many. */
export function mediansOf<Figure extends string>(figures: readonly Figure[], rounds: readonly Readonly<Record<Figure, number>>[]): Record<Figure, number> {
  return Object.fromEntries(figures.map((figure) => [figure, median(rounds.map((round) => round[figure]))])) as Record<Figure, number>
}

export const medianOf = (rounds: readonly Measured[]): Measured => ({
  ...mediansOf(['ordersPerSecond', 'orders', 'p50Ms', 'p99Ms', 'serverMicroseconds', 'clientMicroseconds', 'unsent'], rounds),
  otherwise: sumsOf(rounds.map(({ otherwise }) => otherwise)),
})

export function sumsOf(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of records.flatMap(Object.entries<number>)) sums[name] = (sums[name] ?? 0) + count
  return sums
}

/** Whether all that was asked for became orders. */
export const isAllPlaced = ({ otherwise }: Pick<Measured, 'otherwise'>): boolean => Object.keys(otherwise).length === 0

/** What a row says of whatever was no order placed; nothing, where all were. */
export function remarksOn({ unsent, otherwise }: Pick<Measured, 'unsent' | 'otherwise'>): string {
  const outcomes = Object.entries(otherwise).map(([outcome, count]) => `${count} × ${outcome}`)
  const remarks = [...(unsent > 0 ? [`${unsent} not sent`] : []), ...(outcomes.length > 0 ? [`NOT PLACED: ${outcomes.join(', ')}`] : [])]
  return remarks.map((remark) => `  ${remark}`).join('')
}
