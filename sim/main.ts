import { parseArgs } from 'node:util'
import { runSeed, type SeedReport } from './run.ts'

const usage = 'Usage: npx suanpan sim [--seeds N] [--first N] [--seed N] [--json]'

/**
 * The command line of the simulator. Answers the exit code: 0 all well, 1 a seed failed, 2 not understood.
 */
export async function simMain(words: readonly string[], print: (line: string) => void = console.log): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { seeds: { type: 'string', default: '1000' }, first: { type: 'string', default: '1' }, seed: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  const numbers = [values.seeds, values.first, values.seed ?? '0'].map(Number)
  if (numbers.some((number) => !Number.isSafeInteger(number) || number < 0)) {
    print(usage)
    return 2
  }
  const [seeds = 0, first = 1, only = 0] = numbers
  return values.seed === undefined ? runMany(first, seeds, values.json, print) : runOne(only, values.json, print)
}

async function runOne(seed: number, json: boolean, print: (line: string) => void): Promise<number> {
  const report = await runSeed(seed)
  if (json) print(JSON.stringify({ ...report, reached: Object.fromEntries(report.reached) }))
  else for (const line of [...report.trace, ...verdictOf(report)]) print(line)
  return report.faults.length === 0 ? 0 : 1
}

async function runMany(first: number, seeds: number, json: boolean, print: (line: string) => void): Promise<number> {
  const beganAt = performance.now()
  const reached = new Map<string, number>()
  let failed = 0
  let steps = 0
  for (let seed = first; seed < first + seeds; seed++) {
    const report = await runSeed(seed)
    steps += report.steps
    for (const [what, count] of report.reached) reached.set(what, (reached.get(what) ?? 0) + count)
    if (report.faults.length === 0) continue
    failed++
    if (json) print(JSON.stringify({ seed, faults: report.faults }))
    else for (const line of verdictOf(report)) print(line)
  }
  const seconds = (performance.now() - beganAt) / 1000
  if (json) print(JSON.stringify({ seeds, failed, steps, seconds, reached: Object.fromEntries(reached) }))
  else {
    print(`${seeds} seeds, ${steps} steps, ${failed} failed, ${(seeds / seconds).toFixed(0)} seeds/s`)
    for (const [what, count] of [...reached].sort()) print(`  ${String(count).padStart(7)}  ${what}`)
  }
  return failed === 0 ? 0 : 1
}

function verdictOf({ seed, faults }: SeedReport): string[] {
  if (faults.length === 0) return [`seed ${seed}: all well`]
  return [`seed ${seed} failed; see it with: npx suanpan sim --seed ${seed}`, ...faults.map((fault) => `  ${fault}`)]
}
