import { networkInterfaces } from 'node:os'
import type { EnginePorts, ProcessEnvironment } from '../options.ts'
import { startLink, type Link } from './link.ts'

/**
 * Lines to everything that processes are connected to. RocketMQ's proxy, once asked for a route, names itself: only what is
 * asked first goes over the line. Frozen (see `brokerAway`), it is silent on all connections at once.
 */
export interface Links {
  readonly kinds: Readonly<Record<'PostgreSQL' | "RocketMQ's proxy" | 'ZooKeeper' | 'services', readonly Link[]>>
  /** The first process of each of these services has its connections over them. */
  lead(process: string, environment: ProcessEnvironment): ProcessEnvironment
  close(): Promise<void>
}

/** They stand on all engines, and are called by others; each with the port that it answers others at. */
const led: Readonly<Record<string, number>> = { 'order-1': 21_771, 'inventory-1': 21_772, 'payment-1': 21_773, 'points-1': 21_774 }

const loopback = '127.0.0.1'

/** Where processes are known: Java's consumers take 127.x for themselves, and ask at this machine's first address. */
export const ownAddress: string =
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? loopback

/** Where the lines to services begin: not where these listen, on the same ports. */
const known = ownAddress === loopback ? '127.0.0.2' : ownAddress

export async function startLinks({ postgres, rocketmq, zookeeper }: EnginePorts): Promise<Links> {
  const [database, proxy, ...others] = await Promise.all([
    startLink({ to: postgres }),
    startLink({ to: rocketmq.proxy }),
    ...[0, 1, 2].map((index) => startLink({ to: zookeeper + index })),
    ...Object.values(led).map((port) => startLink({ to: port, host: known, port })),
  ])
  const registry = others.slice(0, 3)
  const services = others.slice(3)
  return {
    kinds: { PostgreSQL: [database], "RocketMQ's proxy": [proxy], ZooKeeper: registry, services },
    lead: (process, environment) => {
      const port = led[process]
      if (port === undefined) return environment
      const url = new URL(environment['DATABASE_URL'] ?? '')
      url.port = String(database.port)
      return {
        ...environment,
        DATABASE_URL: url.href,
        CLUSTER_PROXY: `${loopback}:${proxy.port}`,
        CLUSTER_ZOOKEEPER: registry.map((link) => `${loopback}:${link.port}`).join(','),
        CLUSTER_HOST: known,
        CLUSTER_LISTEN: loopback,
        CLUSTER_PORT: String(port),
      }
    },
    close: async () => void (await Promise.all([database, proxy, ...others].map((link) => link.close()))),
  }
}
