import { readConfiguration, settings, startShop, StartRefused, type RunningShop } from '@suanpan/shop'
import { defineCommand } from '../command.ts'
import { demoCatalog } from '../demo/index.ts'
import type { Terminal } from '../terminal.ts'

/** An operator who asks for the end gets it by then, whatever hangs. */
const stopWithinMs = 10_000

export const start = defineCommand({
  name: 'start',
  summary: 'run the shop',
  description: [
    'Runs the whole shop in one process: HTTP, all services, embedded stores in a data folder. The first start in demo',
    'mode fills it with a hundred products and a thousand users. Ctrl-C stops it; what was acknowledged stays.',
    '',
    'Configured by environment variables; an empty one counts as not set:',
    ...Object.entries(settings).map(([name, { meaning, allowed, fallback }]) => `  ${name.padEnd(22)} ${meaning} (${allowed}${fallback === undefined ? '' : `; ${fallback}`})`),
  ],
  flags: {
    port: { kind: 'number', value: 'port', help: 'the same as PORT', minimum: 0, maximum: 65_535 },
    'data-dir': { kind: 'text', value: 'folder', help: 'the same as DATA_DIR' },
  },
  examples: [
    ['npm start', 'the demo shop, on http://127.0.0.1:3000'],
    ['npx suanpan start --port 4000 --data-dir ./other', 'a second one beside it'],
    ['DATABASE_URL=postgres://me@127.0.0.1/shop npm start', 'on PostgreSQL; several such processes share one database'],
  ],
  async run({ port, 'data-dir': dataDir }, terminal) {
    const environment = { ...process.env, ...(port === undefined ? {} : { PORT: String(port) }), ...(dataDir === undefined ? {} : { DATA_DIR: dataDir }) }
    const beganAt = performance.now()
    try {
      const configuration = readConfiguration(environment)
      const shop = await startShop({ configuration, catalog: demoCatalog(), onCrash: crash })
      const readyMs = Math.round(performance.now() - beganAt)
      for (const line of banner(shop, configuration.databaseUrl === undefined ? configuration.dataDir : 'PostgreSQL', configuration.demo, readyMs, terminal)) terminal.print(line)
      await untilStopped()
      terminal.complain('Stopping: finishing what is under way …')
      setTimeout(() => crash(`it did not stop within ${stopWithinMs} ms`), stopWithinMs).unref()
      await shop.stop()
      return 0
    } catch (error) {
      if (!(error instanceof StartRefused)) throw error
      terminal.complain(`suanpan: ${error.message}`)
      return 2
    }
  },
})

/** Nothing half alive: whoever watches this process starts a new one, which picks up where this one was. */
function crash(because: string): void {
  process.stderr.write(`suanpan: ${because}; the process ends. Everything acknowledged is kept: start it again.\n`)
  process.exit(1)
}

/** Resolves at Ctrl-C, at SIGTERM, and when the launcher that this process belongs to is gone. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
    process.once('disconnect', () => resolve())
  })
}

function banner({ url, seeded }: RunningShop, data: string, demo: boolean, readyMs: number, { paint }: Terminal): string[] {
  const head = [
    '',
    `${paint('bold', '算盘 Suanpan')} is ready after ${readyMs} ms`,
    '',
    `  API      ${url}/api`,
    `  docs     ${url}/docs`,
    `  metrics  ${url}/metrics`,
    `  data     ${data}${seeded ? ' (filled with the demo catalog)' : ''}`,
    '',
  ]
  if (!demo) return head
  return [
    ...head,
    'Place an order (paste this into another terminal):',
    '',
    `  curl -sS -X POST ${url}/api/orders \\`,
    `    -H "Authorization: Bearer $(curl -sS -X POST ${url}/api/demo/sign-in -H 'Content-Type: application/json' -d '{"userId":"user-0001"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')" \\`,
    `    -H "Idempotency-Key: $(date +%s%N)" -H 'Content-Type: application/json' \\`,
    `    -d '{"items":[{"sku":"${demoCatalog().products[0]?.sku ?? ''}","quantity":1}],"useBalanceFen":"max"}'`,
    '',
    'Ctrl-C stops it.',
    '',
  ]
}
