import { handedOn, handedOnSettings } from '@suanpan/cluster/settings'
import { readConfiguration, type Configuration } from '@suanpan/hosting'
import { defineCommand } from '../command.ts'
import { program } from '../program.ts'
import { withoutFlags } from '../setting-flags.ts'
import { startBanner } from '../start-banner.ts'
import { formatTable, type Terminal } from '../terminal.ts'
import { stopInTime, untilStopped } from '../until-stopped.ts'
import type { Cluster } from '@suanpan/cluster'
import { StartRefused } from '@suanpan/runtime/settings'

/** Others of its ports lie above. */
const highestPort = 65_500

export const cluster = defineCommand({
  name: 'cluster',
  summary: 'run the shop as a cluster: ZooKeeper, RocketMQ, PostgreSQL, and every service as its own process',
  description: [
    'Starts three ZooKeeper servers, two RocketMQ name servers, a broker with its proxy, and PostgreSQL, all on loopback, and',
    'on them every service as its own process, the order system, the payment system and the payment sandbox, until Ctrl-C;',
    'what is stored stays in the data folder. It needs a JDK 17 and Maven (the first start fetches 170 MB of jars), 3 GB of',
    'memory and 2 GB of disk. Servers that run already are used where CLUSTER_ZOOKEEPER, CLUSTER_PROXY (and CLUSTER_NAMESERVERS,',
    'to make topics there: host:port, several separated by commas) or DATABASE_URL name them. From the environment come PORT and',
    'DATA_DIR, unless flags say them, and for its processes what is listed below. It is always a demo on loopback: what would',
    'make it something else (DEMO=0, HOST, JWT_SECRET, JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, TRUSTED_PROXIES, accounts at the',
    'platforms, ports of single processes) is refused; npx suanpan node takes all of that. A process that dies is started again.',
  ],
  environmentOnly: withoutFlags(handedOnSettings),
  flags: {
    port: {
      kind: 'number',
      value: 'PORT',
      help: 'of the order system (default 3000); the sandbox has the next one, the payment system the one after',
      minimum: 1,
      maximum: highestPort,
    },
    'data-dir': { kind: 'text', value: 'folder', help: 'where everything is stored (default ./data/cluster)' },
    ha: { kind: 'switch', help: 'two brokers, and two processes of every service; about twice the memory' },
    'engine-ports': {
      kind: 'number',
      value: 'first',
      help: 'eighty ports from this one on for the middleware, instead of 2181-2183, 9876, 9877, 8081, 55432 and those beside them',
      minimum: 1_024,
      maximum: 65_400,
    },
    'engines-only': { kind: 'switch', help: 'just the middleware, to start services by hand' },
  },
  examples: [
    ['npm run cluster', 'on http://127.0.0.1:3000, its data in ./data/cluster'],
    ['npm run cluster -- --ha', 'nothing that is there only once, but for PostgreSQL and the sandbox'],
    ['npm run cluster -- --engines-only', 'and then, in another terminal: npx suanpan node --run inventory,coupon'],
  ],
  async run({ port: givenPort, 'data-dir': givenFolder, ha, 'engine-ports': firstPort, 'engines-only': enginesOnly }, terminal) {
    const beganAt = performance.now()
    const { clusterTable, enginePortsFrom, refuseUnheeded, startCluster } = await import('@suanpan/cluster')
    const stopped = untilStopped()
    const stopping = new AbortController()
    void stopped.then(() => {
      stopInTime(terminal)
      stopping.abort()
    })
    const { CLUSTER_ZOOKEEPER: zookeeper, CLUSTER_PROXY: proxy, CLUSTER_NAMESERVERS: nameServers, DATABASE_URL: databaseUrl } = process.env
    try {
      const { DATA_DIR: folder = '', PORT: port = '' } = process.env
      const dataDir = givenFolder ?? (folder === '' ? './data/cluster' : folder)
      const configuration = readShop(givenPort === undefined ? port : String(givenPort), dataDir)
      if (!enginesOnly) refuseUnheeded(process.env, configuration.port)
      const running = await startCluster({
        program,
        dataDir: configuration.dataDir,
        port: configuration.port,
        isHa: ha,
        enginesOnly,
        ...(firstPort === undefined ? {} : { enginePorts: enginePortsFrom(firstPort) }),
        existing: given({ zookeeper, proxy, nameServers, databaseUrl }),
        environment: handedOn(process.env),
        signal: stopping.signal,
        onProgress: (doing) => terminal.complain(terminal.paint('dim', doing)),
        onNews: (news) => terminal.complain(news),
      })
      for (const line of formatTable(clusterTable(running))) terminal.print(line)
      const readyMs = performance.now() - beganAt
      if (enginesOnly) printEngines(running, terminal)
      else {
        const { urls, seeded, demoToken: token } = running
        const shop = { url: urls.orderSystem, seeded }
        const shown = { ...configuration, databaseUrl: running.engines.databaseUrl('order') }
        for (const line of startBanner({ configuration: shown, shop, readyMs, token, sandboxUrl: urls.sandbox }, terminal)) terminal.print(line)
      }
      await stopped
      await running.stop()
      return 0
    } catch (error) {
      if (stopping.signal.aborted) return 0
      throw error
    }
  },
})

/** Of a demo, whatever the environment says: what else it asks for is refused, or is for processes that are started by hand. */
function readShop(port: string, dataDir: string): Configuration {
  const demo = { DEMO: '1', HOST: '', JWT_SECRET: '', JWKS_URL: '', JWT_ISSUER: '', JWT_AUDIENCE: '', TRUSTED_PROXIES: '' }
  const configuration = readConfiguration({ ...process.env, ...demo, PORT: port, DATA_DIR: dataDir })
  if (configuration.port >= 1 && configuration.port <= highestPort) return configuration
  throw new StartRefused(`PORT ${configuration.port} is none that a cluster can have, with its other ports beside it: it takes one from 1 to ${highestPort}.`)
}

/** Without what is not set. */
function given(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])))
}

function printEngines(running: Cluster, { print, paint }: Terminal): void {
  print('')
  print(`${paint('bold', 'The middleware is ready.')} Services are started on it with this environment, each by npx suanpan node --run <names>:`)
  print('')
  for (const [name, value] of Object.entries(running.environmentFor(''))) print(`export ${name}='${value}'`)
  print('')
  print(`Payments in demo mode need the sandbox: npx suanpan sandbox. Stop with Ctrl-C.`)
}
