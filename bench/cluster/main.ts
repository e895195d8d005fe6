/**
 * The benchmark of the cluster: `npm run bench:cluster`. One box, one run, one client, all in turns: whatever is not
 * being measured does not run, but for the middleware, which rests while nobody needs it. Every part ends with the audit.
 */
import { StartRefused } from '@suanpan/runtime/settings'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Program } from '../programs.ts'
import { measureHalfCommit, type HalfCommit } from './half-commit.ts'
import { reportOf, textOf } from './report.ts'
import { runRound, type Round, type RoundOptions } from './round.ts'
import { startClusterShop, startMiddleware, startShopOnPostgres, withBrokerAtRest, type Places } from './shops.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    port: { type: 'string', default: '21800' },
    json: { type: 'boolean', default: false },
  },
})
const durationMs = Number(values.seconds) * 1_000
const rounds = Number(values.rounds)

const inFlight = 96
/** Without batches, more in flight only wait for each other. First, because what the others leave behind would be in the way. */
const fewerInFlight = 16

const folder = mkdtempSync(join(tmpdir(), 'suanpan-bench-cluster-'))
// PostgreSQL, which does not run as root, has to enter it.
chmodSync(folder, 0o755)
const places: Places = { folder, firstPort: Number(values.port) }

/** Progress, which is no result. */
function tell(doing: string): void {
  process.stderr.write(`${doing}\n`)
}

const loadBefore = loadavg()[0] ?? Number.NaN
const stopped = (): never => process.exit(130)
process.once('SIGINT', stopped).once('SIGTERM', stopped)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
const middleware = await startMiddleware(places, tell).catch((error: unknown): never => {
  if (!(error instanceof StartRefused)) throw error
  tell(`suanpan: ${error.message}`)
  process.exit(2)
})
try {
  const batched: Round[] = []
  const ones: Round[] = []
  const onPostgres: Round[] = []
  const broker: HalfCommit[] = []
  for (let round = 1; round <= rounds; round++) {
    tell(`round ${round} of ${rounds}: the cluster`)
    batched.push(await measured(() => startClusterShop(places, middleware, undefined), { durationMs, withHalf: true, connections: [inFlight] }))
    tell(`round ${round} of ${rounds}: the cluster with batches of one`)
    ones.push(await measured(() => startClusterShop(places, middleware, 1), { durationMs, withHalf: false, connections: [fewerInFlight, inFlight] }))
    tell(`round ${round} of ${rounds}: the broker alone`)
    if (middleware.engines.rocketmq !== undefined) broker.push(await measureHalfCommit(middleware.engines.rocketmq, durationMs))
    tell(`round ${round} of ${rounds}: the shop in one process on PostgreSQL`)
    const alone = () => measured(() => startShopOnPostgres(places, middleware), { durationMs, withHalf: false, connections: [inFlight] })
    onPostgres.push(await withBrokerAtRest(middleware, alone))
  }
  const report = reportOf({ batched, ones, broker, onPostgres, loadBefore, loadAfter: loadavg()[0] ?? Number.NaN })
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report))
  if (!report.audit.ok || !report.allPlaced || report.deaths > 0) process.exitCode = 1
} finally {
  await middleware.stop()
}

async function measured(start: () => Promise<Program & { deaths?(): number }>, options: RoundOptions): Promise<Round> {
  const program = await start()
  try {
    const round = await runRound(program, options)
    return { ...round, deaths: program.deaths?.() ?? 0 }
  } finally {
    await program.stop()
  }
}
