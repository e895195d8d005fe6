import { stopPretenuring, type SeedCatalog } from '@suanpan/hosting'
import { openDubboRpc, type DubboRpc } from '@suanpan/rpc-dubbo'
import type { Environment } from '@suanpan/runtime/settings'
import { createLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { readAccounts } from './accounts.ts'
import type { NodeConfiguration } from './configuration.ts'
import { createFitness } from './fitness.ts'
import { hostServices } from './hosted-services.ts'
import { openOperationsPort } from './operations-port.ts'
import { processMetrics } from './process-metrics.ts'
import { untilReachable } from './reachable.ts'
import type { System } from './roles.ts'
import type { HostedSystems, HostSystemsOptions } from './systems.ts'

export interface RunningNode {
  readonly name: string
  /** Where its systems listen. */
  readonly urls: Readonly<Partial<Record<System, string>>>
  /** Where operators of this process look, on loopback. */
  readonly operationsPort: number
  /** Whether this start filled an empty shop with demo data. */
  readonly seeded: boolean
  /** A bearer token of this user; undefined outside demo mode, and where no system runs. */
  demoToken(userId: string): string | undefined
  /** Resolves, if ever, with why this process must not go on: it is to be stopped. */
  readonly unfit: Promise<Error>
  /** Leaves the registry, so that no new calls come; finishes what is under way; closes everything. */
  stop(): Promise<void>
}

export interface StartNodeOptions {
  readonly configuration: NodeConfiguration
  /** Where live accounts are read from. */
  readonly environment: Environment
  /** What an empty demo shop is filled with. */
  readonly catalog: SeedCatalog
}

/** Calls under way in one process at once. */
const maxCalls = 20_000

/**
 * Starts one process of the cluster. Services talk over Dubbo, those of the same process too, but for their own: a call to
 * what this process provides itself does not leave it.
 *
 * Throws `StartRefused` with a message for whoever tried to start it.
 */
export async function startNode({ configuration, environment, catalog }: StartNodeOptions): Promise<RunningNode> {
  stopPretenuring()
  const { name, shop, host, listenOn, clusterPort, zookeeper } = configuration
  const clock = systemClock()
  const random = systemRandom
  const log = createLog(shop.logLevel, { process: name })
  const accounts = readAccounts(configuration, environment, clock)
  await untilReachable(configuration, clock, log)
  const closing: (() => Promise<void>)[] = []
  const fitness = createFitness()
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close()
  }
  try {
    const dubbo = openDubboRpc({
      application: applicationOf(configuration),
      zookeeper,
      host,
      listenOn,
      port: clusterPort,
      clock,
      random,
      maxCalls,
      onError: (method, error) => log.error({ method, error }, 'a call failed'),
      onEvent: (event) => log.info({ ...event }, 'ZooKeeper'),
    })
    closing.push(() => dubbo.close())
    const common = { configuration, accounts, clock, random, log, dubbo, fitness }
    const services = await hostServices(common)
    closing.push(() => services.stop())
    const systems = await openSystems(common)
    await services.start()
    closing.push(() => dubbo.leave())
    await fitness.whileFit(dubbo.start())
    let isReady = false
    const operations = await openOperationsPort({
      port: configuration.operationsPort,
      dubbo,
      metrics: processMetrics(name, services.buriedMessages),
      trouble: () => troubleOf(dubbo, isReady),
    })
    closing.push(
      () => operations.close(),
      () => systems.close(),
    )
    const urls = await systems.listen()
    const seeded = await systems.open(catalog)
    isReady = true
    log.info({ runs: configuration.runs, operationsPort: operations.port, ...urls }, 'ready')
    return { name, urls, operationsPort: operations.port, seeded, demoToken: systems.demoToken, unfit: fitness.unfit, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Most processes speak no HTTP: they start without what that needs, two fifths of the processor time of their start. */
async function openSystems(options: HostSystemsOptions): Promise<HostedSystems> {
  if (options.configuration.systems.length === 0) return noSystems
  const { hostSystems } = await import('./systems.ts')
  return hostSystems(options)
}

const noSystems: HostedSystems = { listen: async () => ({}), open: async () => false, demoToken: () => undefined, close: async () => {} }

/** What Dubbo calls an application: processes that run the same are one. */
function applicationOf({ runs }: NodeConfiguration): string {
  return ['suanpan', ...runs].join('-')
}

function troubleOf(dubbo: DubboRpc, isReady: boolean): string | undefined {
  if (!isReady) return 'it is starting, or stopping'
  const missing = Object.entries(dubbo.health().providers).flatMap(([service, count]) => (count === 0 ? [service] : []))
  return missing.length === 0 ? undefined : `nobody provides ${missing.join(', ')}`
}
