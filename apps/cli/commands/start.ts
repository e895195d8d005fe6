import { accountSettings, readConfiguration, settings } from '@suanpan/hosting'
import { startShop } from '@suanpan/shop'
import { demoCatalog } from '@suanpan/demo'
import { defineCommand } from '../command.ts'
import { openAccounts, type OpenAccounts } from '../open-accounts.ts'
import { settingFlags } from '../setting-flags.ts'
import { startBanner } from '../start-banner.ts'
import { stopInTime, untilStopped } from '../until-stopped.ts'

const { flags, environmentOnly, environment: environmentWith } = settingFlags(settings, accountSettings)

/** Nothing half alive: whoever watches this process starts a new one, which picks up where this one was. */
function crash(because: string): void {
  process.stderr.write(`suanpan: ${because}; the process ends. Everything acknowledged is kept: start it again.\n`)
  process.exit(1)
}

export const start = defineCommand({
  name: 'start',
  summary: 'run the shop: HTTP API, all services, their stores',
  description: [
    'Runs the whole shop in one process until Ctrl-C; what was acknowledged stays. The first start in demo mode fills it',
    'with a hundred products and a thousand users. Each flag is also an environment variable, named in <>; the flag wins,',
    'and an empty variable counts as not set. With DEMO=0, secrets and the accounts at the platforms come from the environment',
    'alone (docs/PAYMENTS.md); a platform is offered if its settings are set.',
  ],
  flags,
  environmentOnly,
  examples: [
    ['npm start', 'the demo shop, on http://127.0.0.1:3000, its data in ./data'],
    ['npx suanpan start --port 4000 --data-dir ./other', 'a second one beside it'],
    ['DATABASE_URL=postgres://me@127.0.0.1/shop npm start', 'on PostgreSQL; several such processes share one database'],
  ],
  async run(given, terminal) {
    const beganAt = performance.now()
    let opened: OpenAccounts | undefined
    try {
      const environment = environmentWith(given)
      const configuration = readConfiguration(environment)
      const accounts = async () => {
        opened = await openAccounts(configuration, environment)
        return opened.accountsAt
      }
      const shop = await startShop({ configuration, catalog: demoCatalog(), accounts, onCrash: crash })
      const readyMs = performance.now() - beganAt
      for (const line of startBanner({ configuration, shop, readyMs, token: shop.demoToken('user-0001'), sandboxUrl: opened?.sandboxUrl }, terminal))
        terminal.print(line)
      await untilStopped()
      stopInTime(terminal)
      await shop.stop()
      return 0
    } finally {
      await opened?.close()
    }
  },
})
