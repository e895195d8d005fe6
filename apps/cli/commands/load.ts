import { startLoad, type LoadPlan, type LoadResult } from '@suanpan/load'
import { fetchAudit, printAudit } from '../audit-report.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../flags.ts'
import { describeProgress, loadResultAsJson, printLoadResult } from '../load-report.ts'
import { prepareLoad } from '../load-shop.ts'
import { createShopClient, urlFlag } from '../shop-client.ts'
import { formatCount, type Terminal } from '../terminal.ts'
import { onInterrupt } from '../until-stopped.ts'

const defaultDurationMs = 10_000
const progressEveryMs = 1_000

/** Shows how it goes once a second; an interrupt ends the load early, and the report and the audit still follow. */
async function watch(plan: LoadPlan, terminal: Terminal): Promise<LoadResult> {
  const run = startLoad(plan)
  const goal = plan.requestCount === undefined ? ` of ${((plan.durationMs ?? 0) / 1_000).toFixed(0)} s` : ` (${formatCount(plan.requestCount)} orders)`
  const ticking = setInterval(() => terminal.progress(describeProgress(run.progress(), progressEveryMs, goal)), progressEveryMs)
  onInterrupt(run.stop)
  try {
    return await run.finished
  } finally {
    clearInterval(ticking)
    terminal.progress('')
  }
}

export const load = defineCommand({
  name: 'load',
  summary: 'drive a running demo shop with orders, measure it, then audit it',
  description: [
    'Brings goods and customers of its own into a shop in demo mode (load-sku-…, load-user-…), lets them order, shows',
    'throughput and latency while it runs, and audits the books at the end.',
    '',
    'With --rate, orders arrive evenly spaced whether or not the shop keeps up, and a latency counts from the moment an',
    'order should have been sent: this is how customers behave, and what to judge latency by. Without it, each of',
    '--concurrency connections sends its next order when it has its answer: this finds the peak throughput.',
    'Exit code 0: clean, 1: the audit found a violation or orders failed, 2: the shop was not reached.',
  ],
  flags: {
    url: urlFlag,
    rate: { kind: 'number', value: 'n', help: 'orders a second', minimum: 1, maximum: 1_000_000 },
    concurrency: { kind: 'number', value: 'n', help: 'connections, each with one order in flight', minimum: 1, maximum: 5_000, fallback: 64 },
    duration: { kind: 'duration', value: 'time', help: 'stop after this time (default 10s, unless --orders is given)' },
    orders: { kind: 'number', value: 'n', help: 'stop after this many orders', minimum: 1, maximum: 1_000_000_000 },
    'sku-count': { kind: 'number', value: 'n', help: 'different products', minimum: 1, maximum: 9_999, fallback: 1_000 },
    users: { kind: 'number', value: 'n', help: 'different customers', minimum: 1, maximum: 5_000, fallback: 100 },
    lines: { kind: 'number', value: 'n', help: 'lines of each order', minimum: 1, maximum: 50, fallback: 2 },
    hot: { kind: 'number', value: 'share', help: 'share of orders for the one hot product, 0 to 1', minimum: 0, maximum: 1, fractional: true, fallback: 0 },
    async: { kind: 'number', value: 'share', help: 'share of orders placed with Prefer: respond-async', minimum: 0, maximum: 1, fractional: true, fallback: 0 },
    json: { kind: 'switch', help: 'print result and audit as JSON' },
  },
  examples: [
    ['npx suanpan load', 'as many orders as the shop can take, for ten seconds'],
    ['npx suanpan load --rate 500 --duration 1m', 'five hundred orders a second for a minute'],
    ['npx suanpan load --hot 1 --lines 1 --orders 20000', 'everyone wants the same thing'],
  ],
  async run(flags, terminal) {
    if (flags.lines > flags['sku-count']) throw new UsageError('--lines are of different products: give at least as many with --sku-count')
    const shop = createShopClient(flags.url)
    if (shop.target.isTls) throw new UsageError('--url: load speaks plain HTTP: give it an http:// address behind the TLS')
    terminal.progress('bringing in goods and customers …')
    const adminToken = await shop.signIn({ role: 'admin' })
    const { requestOf } = await prepareLoad(shop, adminToken, {
      skuCount: flags['sku-count'],
      userCount: flags.users,
      linesPerOrder: flags.lines,
      hotShare: flags.hot,
      asyncShare: flags.async,
    })
    const durationMs = flags.duration ?? (flags.orders === undefined ? defaultDurationMs : undefined)
    const plan: LoadPlan = {
      target: shop.target,
      connections: flags.concurrency,
      requestOf,
      ...(flags.rate === undefined ? {} : { ratePerSecond: flags.rate }),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(flags.orders === undefined ? {} : { requestCount: flags.orders }),
    }
    const result = await watch(plan, terminal)
    if (!flags.json) printLoadResult(result, terminal)
    const report = await fetchAudit(shop, adminToken).catch((error: unknown) => {
      // The shop may have gone under the load: what was measured until then is told all the same.
      if (flags.json) terminal.print(JSON.stringify({ load: loadResultAsJson(result) }, null, 2))
      throw error
    })
    if (flags.json) terminal.print(JSON.stringify({ load: loadResultAsJson(result), audit: report }, null, 2))
    else {
      terminal.print('')
      printAudit(report, terminal)
    }
    return report.ok && result.errors === 0 ? 0 : 1
  },
})
