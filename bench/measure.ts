import { createOrderRequests, startLoad, type LoadResult } from '@suanpan/cli/load'
import { collectGarbage } from './client-garbage.ts'
import type { Program } from './programs.ts'
import type { PreparedShop } from './shop-setup.ts'

export interface Measured {
  readonly ordersPerSecond: number
  readonly orders: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of the server per order. */
  readonly serverMicroseconds: number
  /** Processor time of the client per order: it shares the machine. */
  readonly clientMicroseconds: number
  readonly failed: number
}

export interface LoadOptions {
  readonly program: Program
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

function summarise({ served, servedPerSecond, errors, unsent, latency }: LoadResult, serverMs: number, clientMs: number): Measured {
  return {
    ordersPerSecond: servedPerSecond,
    orders: served,
    p50Ms: latency.percentileMs(0.5),
    p99Ms: latency.percentileMs(0.99),
    serverMicroseconds: (serverMs * 1000) / served,
    clientMicroseconds: (clientMs * 1000) / served,
    failed: errors + unsent,
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

export const medianOf = (rounds: readonly Measured[]): Measured =>
  mediansOf(['ordersPerSecond', 'orders', 'p50Ms', 'p99Ms', 'serverMicroseconds', 'clientMicroseconds', 'failed'], rounds)
