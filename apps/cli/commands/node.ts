import { accountSettings, settings } from '@suanpan/hosting'
import type { NodeNews } from '@suanpan/node'
import { nodeSettings } from '@suanpan/node/settings'
import { demoCatalog } from '@suanpan/demo'
import { defineCommand } from '../command.ts'
import { settingFlags } from '../setting-flags.ts'
import { stopInTime, untilStopped } from '../until-stopped.ts'

/** It serves on for six seconds for those who have not heard that it leaves, and then finishes what is under way. */
const stopWithinMs = 20_000
/** Whoever started this process is gone, and so is what it stood on. */
const stopAbandonedWithinMs = 3_000

/** What a setting of the shop means to a process of a cluster, where that is something else. */
const meanings = {
  DATABASE_URL: { ...settings.DATABASE_URL, meaning: 'the PostgreSQL database of the services of this process: each has a schema of its own in it' },
  DATA_DIR: { ...settings.DATA_DIR, meaning: "in demo mode: where the sandbox's keys and the secret of demo tokens are; all processes share it" },
  SANDBOX_PORT: {
    ...settings.SANDBOX_PORT,
    meaning: 'where the payment sandbox is, in demo mode (default PORT + 1); off: no sandbox, and nothing to pay with',
  },
} as const

const { flags, environmentOnly, environment: environmentWith } = settingFlags({ ...nodeSettings, ...settings, ...meanings }, accountSettings)

export const node = defineCommand({
  name: 'node',
  summary: 'run services as one process of a cluster',
  description: [
    'Runs any set of services in one process: catalog, coupon, inventory, user, points, order, payment, log. The processes',
    'find each other through ZooKeeper, call each other over Dubbo, and tell each other what happened through RocketMQ; each',
    'service keeps its data in a schema of its own in DATABASE_URL. `order-system` is the HTTP side for customers and',
    'operators, `payment-system` that for payments and what platforms tell. The topics have to exist: `npm run cluster`',
    'makes them, and everything else; this command is for clusters that are made by hand. It needs --run and CLUSTER_ZOOKEEPER,',
    'and for services CLUSTER_PROXY and DATABASE_URL: `npm run cluster -- --engines-only` prints them, ready to be pasted. SIGTERM',
    'takes the process out so that no call is lost; kill -9 is safe. Each flag but --run is also an environment variable,',
    'named in <>. With DEMO=0, secrets and the accounts at the platforms come from the environment alone, and are needed where',
    'payment or payment-system runs.',
  ],
  flags: { run: { kind: 'text', value: 'names', help: 'what to run, separated by commas: services, order-system, payment-system' }, ...flags },
  environmentOnly,
  examples: [
    ['npx suanpan node --run inventory,coupon', 'two services in one process'],
    ['npx suanpan node --run order-system --port 4000', 'one more HTTP side'],
  ],
  async run({ run, ...given }, terminal) {
    // Not before it is needed: it brings all services along.
    const { readNodeConfiguration, startNode } = await import('@suanpan/node')
    const stopped = untilStopped()
    const environment = environmentWith(given)
    const configuration = readNodeConfiguration(run, environment)
    const starting = startNode({ configuration, environment, catalog: demoCatalog() })
    // A start may wait for others for long; nothing of it needs to be finished.
    const started = await Promise.race([starting, stopped.then(() => undefined)])
    if (started === undefined) return 0
    const { name, urls, operationsPort, seeded } = started
    process.send?.({ kind: 'node is ready', seeded, operationsPort, demoToken: started.demoToken('user-0001') } satisfies NodeNews)
    const places = Object.entries(urls).map(([system, url]) => ` The ${system} is at ${url}.`)
    terminal.print(
      `${terminal.paint('bold', `${name} is ready.`)}${places.join('')} For operators: http://127.0.0.1:${operationsPort}/ls, /readyz, /metrics. Stop with Ctrl-C.`,
    )
    const why = await Promise.race([stopped, started.unfit])
    stopInTime(terminal, 'leaving the registry, and finishing what is under way', why === 'abandoned' ? stopAbandonedWithinMs : stopWithinMs)
    await started.stop()
    if (why instanceof Error) throw why
    return 0
  },
})
