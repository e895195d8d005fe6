/**
 * The benchmark: `npm run bench`. Everything in one run on one machine with the same client, so that ratios count even
 * where absolute numbers do not. Every part ends with the audit: a number measured on wrong books does not count.
 */
import { startPostgres } from '@suanpan/servers/postgres'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Client } from 'pg'
import { inRounds, isAllPlaced, measure, median, medianOf, remarksOn, type LoadOptions, type Measured } from './measure.ts'
import { benchNotifications } from './notifications/bench.ts'
import { hasPgbench, pgbenchSchema, runPgbench } from './pgbench.ts'
import { startLimit, startShop, type Program } from './programs.ts'
import { auditOnceSettled, auditText, prepareShop, type PreparedShop } from './shop-setup.ts'

const help = `npm run bench [-- flags]
  --seconds N   how long each measurement takes (5)
  --rounds N    how often everything is measured in turn; medians are told (3)
  --stored N    then, in a fresh shop: what an order costs before and after N orders were placed (0: not measured)
  --embedded    leave PostgreSQL out
  --only PART   orders or notifications; absent: both
`

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    stored: { type: 'string', default: '0' },
    embedded: { type: 'boolean', default: false },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const durationMs = Number(values.seconds) * 1000
const rounds = Number(values.rounds)
const stored = Number(values.stored)

/** Messages of the last orders are handled by then. */
const settleMs = 2_000

/** With `--stored`: how long each time, until as many orders are stored as were asked for. */
const fillingMs = 10_000

/** With `--stored`: both shops have just started, and are equally cold. */
const warmUpMs = 5_000

if (values.help) process.stdout.write(help)
else if (
  ![durationMs, rounds].every((number) => number > 0 && Number.isFinite(number)) ||
  !Number.isSafeInteger(stored) ||
  !['orders', 'notifications', undefined].includes(values.only)
) {
  process.stderr.write(help)
  process.exitCode = 2
} else {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-bench-'))
  try {
    if (values.only !== 'notifications') await benchEmbedded(join(folder, 'data'))
    if (values.only !== 'notifications' && stored > 0) await benchStored(join(folder, 'stored'))
    if (values.only !== 'notifications' && !values.embedded) await benchPostgres(join(folder, 'postgres'))
    if (values.only !== 'orders') {
      // About what is acknowledged in the time of a measurement, on two cores.
      const count = Math.min(20_000, Math.round(durationMs * 1.5))
      if (!(await benchNotifications({ dataDir: join(folder, 'notifications'), count, rounds, say }))) process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function row(name: string, { ordersPerSecond, p50Ms, p99Ms, serverMicroseconds, clientMicroseconds, ...rest }: Measured): void {
  const figures = [
    `${ordersPerSecond.toFixed(0).padStart(7)}/s`,
    `p50 ${p50Ms.toFixed(1).padStart(6)} ms`,
    `p99 ${p99Ms.toFixed(1).padStart(6)} ms`,
    `cpu ${serverMicroseconds.toFixed(0).padStart(4)} µs server`,
    `${clientMicroseconds.toFixed(0).padStart(3)} µs client`,
  ]
  say(`${name.padEnd(38)} ${figures.join('  ')}${remarksOn(rest)}`)
  if (!isAllPlaced(rest)) process.exitCode = 1
}

async function audit(name: string, program: Program, shop: PreparedShop): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const summary = await auditOnceSettled(program, shop)
  say(`${name}: ${auditText(summary)}`)
  if (!summary.ok) process.exitCode = 1
}

async function benchEmbedded(dataDir: string): Promise<void> {
  const limit = await startLimit()
  const program = await startShop({ DATA_DIR: dataDir, SANDBOX_PORT: 'off' })
  const shop = await prepareShop(program)
  const load = { shop, durationMs }
  const measured: { limit: Measured[]; spread: Measured[]; hot: Measured[] } = { limit: [], spread: [], hot: [] }
  // One round that nobody counts: compilers and caches warm up.
  await measure({ ...load, program: limit, hotShare: 0 })
  await measure({ ...load, program, hotShare: 0 })
  for (let round = 0; round < rounds; round++) {
    measured.limit.push(await measure({ ...load, program: limit, hotShare: 0 }))
    measured.spread.push(await measure({ ...load, program, hotShare: 0 }))
    measured.hot.push(await measure({ ...load, program, hotShare: 1 }))
  }
  const [limitMedian, spread, hot] = [medianOf(measured.limit), medianOf(measured.spread), medianOf(measured.hot)]
  row('limit: bare server, one durable row', limitMedian)
  row('shop: 2 lines of 1,000 SKUs, by balance', spread)
  row('shop: one hot SKU', hot)
  say(
    `ratios: spread ÷ limit ${(spread.ordersPerSecond / limitMedian.ordersPerSecond).toFixed(2)}, hot ÷ spread ${(hot.ordersPerSecond / spread.ordersPerSecond).toFixed(2)}`,
  )
  const halves = await inRounds(rounds, () => measure({ ...load, program, hotShare: 0, ratePerSecond: spread.ordersPerSecond / 2 }))
  row('shop: at half of that rate', medianOf(halves))
  await audit('audit, embedded', program, shop)
  await Promise.all([limit.stop(), program.stop()])
  const again = await startShop({ DATA_DIR: dataDir, SANDBOX_PORT: 'off' })
  say(`ready after ${(again.readyMs / 1000).toFixed(2)} s with all of these orders stored`)
  await again.stop()
}

/** What an order costs a fresh shop, and what it costs once so many more are stored, each right after a start and the same warm-up. */
async function benchStored(dataDir: string): Promise<void> {
  const start = () => startShop({ DATA_DIR: dataDir, SANDBOX_PORT: 'off' })
  let placed = 0
  async function place(load: LoadOptions): Promise<Measured> {
    const measured = await measure(load)
    placed += measured.orders
    if (measured.orders === 0) throw new Error(`no order is placed: ${JSON.stringify(measured.otherwise)}`)
    return measured
  }
  async function afterWarmUp(load: LoadOptions): Promise<Measured> {
    await place({ ...load, durationMs: warmUpMs })
    return medianOf(await inRounds(rounds, () => place(load)))
  }

  const fresh = await start()
  const load = { shop: await prepareShop(fresh), hotShare: 0, durationMs }
  const few = await afterWarmUp({ ...load, program: fresh })
  row(`fresh shop: up to ${placed} orders stored`, few)
  for (placed = 0; placed < stored;) await place({ ...load, program: fresh, durationMs: fillingMs })
  await fresh.stop()
  const program = await start()
  say(`ready after ${(program.readyMs / 1000).toFixed(2)} s with ${placed} more`)
  const shop = await prepareShop(program)
  const many = await afterWarmUp({ ...load, shop, program })
  row('the same shop with those, started again', many)
  const [cost, rate] = [many.serverMicroseconds / few.serverMicroseconds, many.ordersPerSecond / few.ordersPerSecond]
  say(`ratios: with those ÷ fresh: processor time per order ${cost.toFixed(2)}, orders a second ${rate.toFixed(2)}`)
  await audit('audit, stored', program, shop)
  await program.stop()
}

async function benchPostgres(dataDir: string): Promise<void> {
  const server = await startPostgres()
  try {
    const program = await startShop({ DATA_DIR: dataDir, DATABASE_URL: await server.createDatabase(), SANDBOX_PORT: 'off' })
    const shop = await prepareShop(program)
    const load = { program, shop, durationMs }
    const comparison = hasPgbench() ? await preparePgbench(await server.createDatabase()) : undefined
    const measured: { spread: Measured[]; hot: Measured[]; oneSpread: number[]; oneHot: number[] } = { spread: [], hot: [], oneSpread: [], oneHot: [] }
    await measure({ ...load, hotShare: 0 })
    for (let round = 0; round < rounds; round++) {
      measured.spread.push(await measure({ ...load, hotShare: 0 }))
      measured.hot.push(await measure({ ...load, hotShare: 1 }))
      if (comparison === undefined) continue
      measured.oneSpread.push(runPgbench(comparison, 'spread', Number(values.seconds)))
      measured.oneHot.push(runPgbench(comparison, 'hot', Number(values.seconds)))
    }
    const [spread, hot] = [medianOf(measured.spread), medianOf(measured.hot)]
    row('shop on PostgreSQL: spread', spread)
    row('shop on PostgreSQL: one hot SKU', hot)
    if (comparison === undefined) say('pgbench is not installed: no comparison with one transaction per order')
    else {
      const [oneSpread, oneHot] = [median(measured.oneSpread), median(measured.oneHot)]
      say(`pgbench, one transaction per order: spread ${oneSpread.toFixed(0)}/s, hot ${oneHot.toFixed(0)}/s`)
      say(`ratios: spread ${(spread.ordersPerSecond / oneSpread).toFixed(2)}, hot ${(hot.ordersPerSecond / oneHot).toFixed(2)}`)
    }
    await audit('audit, PostgreSQL', program, shop)
    await program.stop()
  } finally {
    await server.stop()
  }
}

async function preparePgbench(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(pgbenchSchema)
  await client.end()
  return databaseUrl
}
