import type { SeedReport } from '@suanpan/sim'
import { defineCommand } from '../command.ts'
import { formatCount, formatTable, type Terminal } from '../terminal.ts'

interface Tally {
  seeds: number
  failed: number
  steps: number
  /** How often each answer was given, each order ended so, and each mark was reached. */
  readonly reached: Map<string, number>
}

function printVerdict({ seed, faults }: SeedReport, { print, paint }: Terminal): void {
  if (faults.length === 0) return print(paint('green', `Seed ${seed}: all well.`))
  print(`${paint('red', `Seed ${seed} failed.`)} See it with: npx suanpan sim --seed ${seed}`)
  for (const fault of faults) print(`  ${fault}`)
}

function add(tally: Tally, { faults, steps, reached }: SeedReport): void {
  tally.seeds += 1
  tally.failed += faults.length > 0 ? 1 : 0
  tally.steps += steps
  for (const [what, count] of reached) tally.reached.set(what, (tally.reached.get(what) ?? 0) + count)
}

interface Series {
  readonly runSeed: (seed: number) => Promise<SeedReport>
  readonly first: number
  readonly count: number
}

async function runMany({ runSeed, first, count }: Series, terminal: Terminal, onFailure: (report: SeedReport) => void): Promise<Tally> {
  const tally: Tally = { seeds: 0, failed: 0, steps: 0, reached: new Map() }
  for (let seed = first; seed < first + count; seed++) {
    const report = await runSeed(seed)
    add(tally, report)
    if (report.faults.length > 0) onFailure(report)
    terminal.progress(`${formatCount(tally.seeds)} of ${formatCount(count)} seeds, ${tally.failed} failed`)
  }
  terminal.progress('')
  return tally
}

function printTally({ seeds, failed, steps, reached }: Tally, seconds: number, { print, paint }: Terminal): void {
  const speed = `${formatCount(steps)} steps in ${seconds.toFixed(1)} s`
  print(`${formatCount(seeds)} seeds, ${speed}: ${failed === 0 ? paint('green', 'none failed') : paint('red', `${formatCount(failed)} failed`)}`)
  const rows = [...reached].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => [formatCount(count), what])
  for (const line of formatTable(rows, [true])) print(`  ${line}`)
}

export const sim = defineCommand({
  name: 'sim',
  summary: 'run the whole shop under a seeded simulator, with faults',
  description: [
    'Runs the real services on real SQL in one thread, with time, network and chance in the hands of a seed: lost, late and',
    'doubled requests and messages, crashes, commits of unknown fate, scarce stock, customers who cancel. Then the faults',
    'end, everything must come to rest, and the books must balance. The same seed is the same day, so that a failure can be',
    'looked at again and again. Exit code 0: all well, 1: a seed failed.',
  ],
  flags: {
    seeds: { kind: 'number', value: 'n', help: 'how many seeds', minimum: 1, maximum: 10_000_000, fallback: 1_000 },
    first: { kind: 'number', value: 'n', help: 'the first of them', minimum: 0, maximum: 1_000_000_000, fallback: 1 },
    seed: { kind: 'number', value: 'n', help: 'only this seed, with everything that happened', minimum: 0, maximum: 1_010_000_000 },
    json: { kind: 'switch', help: 'print one JSON object for each failed seed, and one for all at the end' },
  },
  examples: [
    ['npx suanpan sim --seeds 1000', 'a thousand days in the life of a shop'],
    ['npx suanpan sim --seed 42', 'one of them, step by step'],
  ],
  async run({ seeds, first, seed, json }, terminal) {
    // Not before it is needed: it brings all services along, and other commands start without them.
    const { runSeed } = await import('@suanpan/sim')
    if (seed !== undefined) {
      const report = await runSeed(seed)
      if (json) terminal.print(JSON.stringify({ ...report, reached: Object.fromEntries(report.reached) }))
      else {
        for (const line of report.trace) terminal.print(line)
        printVerdict(report, terminal)
      }
      return report.faults.length === 0 ? 0 : 1
    }
    const beganAt = performance.now()
    const tally = await runMany({ runSeed, first, count: seeds }, terminal, (report) => {
      if (json) terminal.print(JSON.stringify({ seed: report.seed, faults: report.faults }))
      else printVerdict(report, terminal)
    })
    const seconds = (performance.now() - beganAt) / 1_000
    if (json) terminal.print(JSON.stringify({ ...tally, seconds, reached: Object.fromEntries(tally.reached) }))
    else printTally(tally, seconds, terminal)
    return tally.failed === 0 ? 0 : 1
  },
})
