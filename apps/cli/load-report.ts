import type { Histogram, LoadProgress, LoadResult } from '@suanpan/load'
import { formatCount, formatMs, formatTable, type Terminal } from './terminal.ts'

const percentiles = (latency: Histogram): readonly (readonly [name: string, milliseconds: number])[] => [
  ['p50', latency.percentileMs(0.5)],
  ['p90', latency.percentileMs(0.9)],
  ['p99', latency.percentileMs(0.99)],
  ['p99.9', latency.percentileMs(0.999)],
  ['max', latency.maxMs],
]

/** The live line, about the time since the last one. */
export function describeProgress({ elapsedMs, sent, inFlight, errors, latency }: LoadProgress, intervalMs: number, goal: string): string {
  const perSecond = (latency.count * 1_000) / intervalMs
  return [
    `${(elapsedMs / 1_000).toFixed(0)} s${goal}`,
    `${formatCount(perSecond)} orders/s`,
    `p50 ${formatMs(latency.percentileMs(0.5))}`,
    `p99 ${formatMs(latency.percentileMs(0.99))}`,
    `${formatCount(sent)} sent`,
    `${inFlight} in flight`,
    ...(errors > 0 ? [`${formatCount(errors)} errors`] : []),
  ].join('   ')
}

export function printLoadResult(result: LoadResult, { print, paint }: Terminal): void {
  const { sent, durationMs, servedPerSecond, latency, outcomes, errors, unsent } = result
  print(`${formatCount(sent)} orders in ${(durationMs / 1_000).toFixed(1)} s: ` + paint('bold', `${formatCount(servedPerSecond)} orders/s`))
  print(
    `  latency  ${percentiles(latency)
      .map(([name, milliseconds]) => `${name} ${formatMs(milliseconds)}`)
      .join('   ')}`,
  )
  const rows = [...outcomes].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => [formatCount(count), kind])
  for (const [index, line] of formatTable(rows, [true]).entries()) print(`  ${index === 0 ? 'answers' : '       '}  ${line}`)
  if (errors > 0) print(paint('yellow', `  ${formatCount(errors)} were neither placed nor refused for a reason of the order's own`))
  if (unsent > 0) print(paint('yellow', `  ${formatCount(unsent)} arrivals found every connection busy and were never sent: the shop is slower than the rate`))
}

/** The same for a program. */
export function loadResultAsJson({ latency, outcomes, ...numbers }: LoadResult): object {
  return {
    ...numbers,
    outcomes: Object.fromEntries(outcomes),
    latencyMs: { mean: latency.meanMs, ...Object.fromEntries(percentiles(latency)) },
  }
}
