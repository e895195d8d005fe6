import { isAllPlaced, median, medianOf, remarksOn, type Measured } from '../measure.ts'
import type { AuditSummary } from '../shop-setup.ts'
import type { HalfCommit } from './half-commit.ts'
import type { Round, Window } from './round.ts'

export interface Runs {
  readonly batched: readonly Round[]
  readonly ones: readonly Round[]
  readonly broker: readonly HalfCommit[]
  readonly onPostgres: readonly Round[]
  /** Load averages of the machine, of a minute. */
  readonly loadBefore: number
  readonly loadAfter: number
}

interface Part extends Measured {
  readonly microsecondsByName: Readonly<Record<string, number>>
}

/** Medians of the rounds. Durations in ms, processor time in µs per order. */
export interface Report {
  readonly cluster: Part
  readonly clusterAtHalf: Part
  readonly clusterOfOnes: Part
  readonly halfCommitPerSecond: number
  readonly onPostgres: Part
  readonly ratios: { readonly toOnes: number; readonly toHalfCommit: number; readonly toPostgres: number }
  /** The same of orders per second of processor time, the client's included: what remains comparable beside busy neighbours. */
  readonly ratiosByProcessorTime: { readonly toOnes: number; readonly toPostgres: number }
  /** Shares of a core, in % of one, that the cluster takes while nobody orders anything. */
  readonly idlePercentByName: Readonly<Record<string, number>>
  readonly audit: AuditSummary
  /** Whether every order of every part was answered `201`. */
  readonly allPlaced: boolean
  readonly deaths: number
  readonly machine: {
    readonly loadBefore: number
    readonly loadAfter: number
    /** Of all cores, what programs took that are none of the benchmark's: at the median, and at worst. */
    readonly othersShare: number
    readonly othersShareAtWorst: number
    readonly isQuiet: boolean
  }
}

/** Above this, absolute numbers say as much about the neighbours as about the shop. */
const quietShare = 0.03

export function reportOf({ batched, ones, broker, onPostgres, loadBefore, loadAfter }: Runs): Report {
  const peaks = (rounds: readonly Round[]): Window[] => rounds.map(({ peak }) => peak)
  const halves = batched.flatMap(({ half }) => half ?? [])
  const all = [...batched, ...ones, ...onPostgres]
  const shares = [...all.map(({ peak }) => peak.othersShare), ...halves.map(({ othersShare }) => othersShare)]
  const othersShareAtWorst = Math.max(...shares)
  const [cluster, clusterOfOnes, postgres] = [partOf(peaks(batched)), partOf(peaks(ones)), partOf(peaks(onPostgres))]
  const clusterAtHalf = partOf(halves)
  const halfCommitPerSecond = median(broker.map(({ perSecond }) => perSecond))
  return {
    cluster,
    clusterAtHalf,
    clusterOfOnes,
    halfCommitPerSecond,
    onPostgres: postgres,
    ratios: {
      toOnes: cluster.ordersPerSecond / clusterOfOnes.ordersPerSecond,
      toHalfCommit: cluster.ordersPerSecond / halfCommitPerSecond,
      toPostgres: cluster.ordersPerSecond / postgres.ordersPerSecond,
    },
    ratiosByProcessorTime: {
      toOnes: totalMicroseconds(clusterOfOnes) / totalMicroseconds(cluster),
      toPostgres: totalMicroseconds(postgres) / totalMicroseconds(cluster),
    },
    idlePercentByName: mediansByName(
      batched.map(({ idle }) => idle),
      100,
    ),
    audit: {
      ok: all.every(({ audit }) => audit.ok),
      examined: Math.max(...all.map(({ audit }) => audit.examined)),
      violations: all.flatMap(({ audit }) => audit.violations),
    },
    allPlaced: [cluster, clusterAtHalf, clusterOfOnes, postgres].every(isAllPlaced),
    deaths: all.reduce((sum, { deaths }) => sum + deaths, 0),
    machine: { loadBefore, loadAfter, othersShare: median(shares), othersShareAtWorst, isQuiet: othersShareAtWorst <= quietShare },
  }
}

const totalMicroseconds = ({ serverMicroseconds, clientMicroseconds }: Measured): number => serverMicroseconds + clientMicroseconds

const partOf = (windows: readonly Window[]): Part => ({
  ...medianOf(windows),
  microsecondsByName: mediansByName(windows.map(({ microsecondsByName }) => microsecondsByName)),
})

/** A process that one round has not is counted as nothing there. The largest first. */
function mediansByName(maps: readonly ReadonlyMap<string, number>[], factor = 1): Record<string, number> {
  const names = [...new Set(maps.flatMap((map) => [...map.keys()]))]
  const medians = names.map((name): [string, number] => [name, factor * median(maps.map((map) => map.get(name) ?? 0))])
  return Object.fromEntries(medians.filter(([, amount]) => amount > 0).toSorted(([, one], [, other]) => other - one))
}

export function textOf(report: Report): string {
  const { cluster, clusterAtHalf, clusterOfOnes, onPostgres, halfCommitPerSecond, ratios, ratiosByProcessorTime: byTime, audit, machine, deaths } = report
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
  return [
    row('cluster', cluster),
    row('cluster, at half of that rate', clusterAtHalf),
    row('(a) cluster, batches of one', clusterOfOnes),
    `${'(b) broker alone, half + commit one by one'.padEnd(44)} ${halfCommitPerSecond.toFixed(0).padStart(6)}/s`,
    row('(c) the shop in one process, on PostgreSQL', onPostgres),
    `ratios: ${times(ratios.toOnes)} (a) (aim 5), ${ratios.toHalfCommit.toFixed(2)} × (b) (aim 1), ${ratios.toPostgres.toFixed(2)} × (c) (aim 0.4)`,
    `by processor time per order, client included: ${times(byTime.toOnes)} (a), ${byTime.toPostgres.toFixed(2)} × (c)`,
    '',
    'processor time per order, µs:',
    ...table({
      cluster: cluster.microsecondsByName,
      'at half': clusterAtHalf.microsecondsByName,
      '(a)': clusterOfOnes.microsecondsByName,
      '(c)': onPostgres.microsecondsByName,
    }),
    '',
    'the cluster while nobody orders, % of a core:',
    ...table({ idle: report.idlePercentByName }, 1),
    '',
    `audits: ${audit.ok ? 'clean' : 'VIOLATED'}, ${audit.examined} rows examined in the largest${audit.violations.map((violation) => `\n  ${violation}`).join('')}`,
    ...(report.allPlaced ? [] : ['not every order was placed, see the rows above: these numbers do not count']),
    ...(deaths > 0 ? [`${deaths} processes ended while they were measured: these numbers do not count`] : []),
    `machine: load average ${machine.loadBefore.toFixed(1)} before and ${machine.loadAfter.toFixed(1)} after; other programs took ` +
      `${percent(machine.othersShare)} of its cores (${percent(machine.othersShareAtWorst)} at worst): ` +
      (machine.isQuiet ? 'it was quiet' : 'it was NOT quiet, so that ratios count, and absolute numbers do not'),
    '',
  ].join('\n')
}

/** Where the other placed no order in time, there is none. */
const times = (ratio: number): string => (Number.isFinite(ratio) ? `${ratio.toFixed(2)} ×` : 'more than can be said ×')

function row(name: string, { ordersPerSecond, p50Ms, p99Ms, serverMicroseconds, clientMicroseconds, ...rest }: Measured): string {
  const figures = [
    `${ordersPerSecond.toFixed(0).padStart(6)}/s`,
    `p50 ${p50Ms.toFixed(1).padStart(6)} ms`,
    `p99 ${p99Ms.toFixed(1).padStart(6)} ms`,
    `cpu ${serverMicroseconds.toFixed(0).padStart(5)} µs, client ${clientMicroseconds.toFixed(0)} µs`,
  ]
  return `${name.padEnd(44)} ${figures.join('  ')}${remarksOn(rest)}`
}

function table(columns: Readonly<Record<string, Readonly<Record<string, number>>>>, digits = 0): string[] {
  const names = [...new Set(Object.values(columns).flatMap(Object.keys))]
  const line = (name: string, cells: readonly string[]): string => `  ${name.padEnd(30)}${cells.map((cell) => cell.padStart(10)).join('')}`
  const sums = Object.values(columns).map((column) => Object.values(column).reduce((sum, each) => sum + each, 0))
  return [
    line('', Object.keys(columns)),
    ...names.map((name) =>
      line(
        name,
        Object.values(columns).map((column) => column[name]?.toFixed(digits) ?? ''),
      ),
    ),
    line(
      'together',
      sums.map((sum) => sum.toFixed(digits)),
    ),
  ]
}
