import { readdirSync } from 'node:fs'
import { msPerTick, readProcessStat, readText, type ProcessStat } from '../process-stat.ts'

/** This process, and all that it started, whoever started it in turn. */
function family(): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcessStat(Number(name)) ?? [])
  const children = Map.groupBy(all, ({ parent }) => parent)
  const found: ProcessStat[] = all.filter(({ pid }) => pid === process.pid)
  for (const each of found) found.push(...(children.get(each.pid) ?? []))
  return found
}

/** What runs there: a service by its name, the part of PostgreSQL that serves it as `postgres for` it. */
export function nameOf(commandLine: string): string {
  const words = commandLine.split('\0')
  const [, role] = /(?:^|\0)--run\0([\w,-]+)/.exec(commandLine) ?? []
  if (role !== undefined) return role
  if (words.includes('sandbox')) return 'sandbox'
  if (words.includes('start')) return 'shop'
  if (commandLine.includes('zookeeper')) return 'ZooKeeper'
  if (commandLine.includes('NamesrvStartup')) return 'name servers'
  if (commandLine.includes('rocketmq')) return 'broker and proxy'
  const [, database] = /^postgres: suanpan (\w+) /.exec(commandLine) ?? []
  if (database !== undefined) return `postgres for ${database}`
  return commandLine.includes('postgres') ? 'postgres itself' : 'others'
}

export const clientName = 'client'

export interface ProcessorTime {
  /** Milliseconds so far of each process of this benchmark, by what runs there; those of one name are added up. */
  readonly byName: ReadonlyMap<string, number>
  /** Milliseconds of everything on the machine, and how many there have been, on all its cores. */
  readonly busyMs: number
  readonly passedMs: number
}

export function readProcessorTime(): ProcessorTime {
  const byName = new Map<string, number>()
  for (const { pid, cpuMs } of family()) {
    const name = pid === process.pid ? clientName : nameOf(readText(`/proc/${pid}/cmdline`) ?? '')
    byName.set(name, (byName.get(name) ?? 0) + cpuMs)
  }
  const ticks = (readText('/proc/stat')?.split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number)
  const sum = (some: readonly number[]): number => some.reduce((total, each) => total + each, 0) * msPerTick
  // The fourth and fifth are idleness, and waiting for disks.
  return { byName, busyMs: sum(ticks) - sum(ticks.slice(3, 5)), passedMs: sum(ticks) }
}

export interface Spent {
  readonly msByName: ReadonlyMap<string, number>
  /** Of the machine's cores, the share that programs took which are none of this benchmark's. */
  readonly othersShare: number
}

export function spentBetween(before: ProcessorTime, after: ProcessorTime): Spent {
  const msByName = new Map([...after.byName].map(([name, ms]) => [name, Math.max(0, ms - (before.byName.get(name) ?? 0))]))
  const ours = [...msByName.values()].reduce((total, ms) => total + ms, 0)
  const passedMs = after.passedMs - before.passedMs
  return { msByName, othersShare: Math.max(0, after.busyMs - before.busyMs - ours) / passedMs }
}
