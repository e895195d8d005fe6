import { connectServices } from '@suanpan/edge'
import { seedIfEmpty, tokensOf, type Accounts, type SeedCatalog } from '@suanpan/hosting'
import { hostEdge, type HostedEdge } from '@suanpan/hosting/edge'
import { hosts } from '@suanpan/hosting/services'
import type { DubboRpc } from '@suanpan/rpc-dubbo'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import type { NodeConfiguration } from './configuration.ts'
import type { Fitness } from './fitness.ts'
import { gatherOperations } from './gathered-operations.ts'
import type { System } from './roles.ts'

export interface HostSystemsOptions {
  readonly configuration: NodeConfiguration
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly dubbo: Pick<DubboRpc, 'rpc' | 'untilProvided'>
  readonly fitness: Pick<Fitness, 'whileFit'>
}

/** The systems of this process that speak HTTP. */
export interface HostedSystems {
  /** Listens: by system, where. Throws `StartRefused`. */
  listen(): Promise<Readonly<Partial<Record<System, string>>>>
  /** Opens once all services are there; true if a demo shop was filled, which the order system does. */
  open(catalog: SeedCatalog): Promise<boolean>
  /** A bearer token of this user; undefined outside demo mode. */
  demoToken(userId: string): string | undefined
  close(): Promise<void>
}

const tellEveryMs = 5_000
/** So long a system that leaves still takes requests; balancers see by `/readyz` that it wants no more. */
const leaveMs = 1_000

/** Of a process that runs at least one of them. */
export async function hostSystems(options: HostSystemsOptions): Promise<HostedSystems> {
  const { configuration, clock, random, log, dubbo, fitness } = options
  const { shop, systems, paymentPort } = configuration
  const { rpc } = dubbo
  const tokens = tokensOf(shop, random)
  const services = connectServices(rpc, clock, gatherOperations(rpc, Object.keys(hosts)))
  let isOpen = false
  const places = { 'order-system': { port: shop.port, portName: 'PORT' }, 'payment-system': { port: paymentPort, portName: 'PAYMENT_PORT' } } as const
  const edges = new Map<System, HostedEdge>()
  for (const system of systems) {
    edges.set(system, await hostEdge({ ...options, ...places[system], configuration: shop, tokens, face: system, rpc, services, isOpen: () => isOpen }))
  }

  return {
    listen: async () => Object.fromEntries(await Promise.all([...edges].map(async ([system, edge]) => [system, await edge.listen()] as const))),
    open: async (catalog) => {
      await fitness.whileFit(untilProvided(dubbo, log))
      const seeded = tokens.kind === 'demo' && edges.has('order-system') && (await fitness.whileFit(seedIfEmpty(rpc, clock, catalog)))
      isOpen = true
      return seeded
    },
    demoToken: (userId) => [...edges.values()][0]?.demoToken(userId),
    close: async () => {
      const wasOpen = isOpen
      isOpen = false
      // Every answer ends its connection by now. What is closed after this was idle, and no request on its way over it.
      if (wasOpen) await clock.sleep(leaveMs)
      await Promise.all([...edges.values()].map((edge) => edge.close()))
    },
  }
}

/** Services may start in any order, and later than this: until they are there, `/readyz` says no. */
async function untilProvided(dubbo: HostSystemsOptions['dubbo'], log: Log): Promise<void> {
  for (let missing = await dubbo.untilProvided(tellEveryMs); missing.length > 0; missing = await dubbo.untilProvided(tellEveryMs)) {
    log.info({ missing }, 'waiting for services that nobody provides yet')
  }
}
