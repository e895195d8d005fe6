import { enginePortsFrom, startCluster, type Cluster } from '@suanpan/cluster'
import { join } from 'node:path'
import { auditedAtOnce, commandLine, startShop, type Program } from '../programs.ts'
import { clientName, readProcessorTime } from './processor-time.ts'

/** From this port on, 90 are used: 80 by the middleware, the others by the shop. */
export interface Places {
  readonly folder: string
  readonly firstPort: number
}

/** ZooKeeper, RocketMQ and PostgreSQL, for all that is measured. */
export const startMiddleware = ({ folder, firstPort }: Places, onProgress: (doing: string) => void): Promise<Cluster> =>
  startCluster({
    program: commandLine,
    dataDir: join(folder, 'middleware'),
    port: firstPort,
    enginePorts: enginePortsFrom(firstPort + 10),
    enginesOnly: true,
    onProgress,
  })

export interface MeasuredCluster extends Program {
  /** Processes that ended and were started again: a round in which one did is no measurement. */
  deaths(): number
}

/** Every service as its own process on this middleware, each on a database of its own, as `npm run cluster` has them. */
export async function startClusterShop({ folder, firstPort }: Places, { engines }: Cluster, maxBatch: number | undefined): Promise<MeasuredCluster> {
  const beganAt = performance.now()
  const cluster = await startCluster({
    program: commandLine,
    dataDir: join(folder, 'cluster'),
    port: firstPort,
    existing: { zookeeper: engines.zookeeper, proxy: engines.proxy, databaseUrl: engines.databaseUrl('') },
    environment: { LOG_LEVEL: 'error', ...auditedAtOnce, ...(maxBatch === undefined ? {} : { MAX_BATCH: String(maxBatch) }) },
    environmentOf: (name, given) => ({ ...given, DATABASE_URL: engines.databaseUrl(name) }),
  })
  const { hostname, port } = new URL(cluster.urls.orderSystem)
  return {
    host: hostname,
    port: Number(port),
    readyMs: performance.now() - beganAt,
    cpuMs: cpuMsBesidesClient,
    deaths: () => cluster.processes.reduce((sum, each) => sum + each.deaths, 0),
    stop: cluster.stop,
  }
}

/** Stops ZooKeeper and RocketMQ where they stand while somebody is measured who does not need them. */
export async function withBrokerAtRest<Result>({ engines: { rocketmq, zookeepers } }: Cluster, work: () => Promise<Result>): Promise<Result> {
  const indexes = zookeepers?.servers.map((_, index) => index) ?? []
  await Promise.all([...(rocketmq?.names ?? []).map((name) => rocketmq?.freeze(name)), ...indexes.map((index) => zookeepers?.freeze(index))])
  try {
    return await work()
  } finally {
    await Promise.all([...(rocketmq?.names ?? []).map((name) => rocketmq?.thaw(name)), ...indexes.map((index) => zookeepers?.thaw(index))])
  }
}

/** The same shop in one process, on a database of the same server, its messages in the database, too. */
export async function startShopOnPostgres({ folder }: Places, { engines }: Cluster): Promise<Program> {
  const { postgres } = engines
  if (postgres === undefined) throw new Error('the middleware was started without PostgreSQL')
  const databaseUrl = await postgres.createDatabase('shop')
  const program = await startShop({ DATA_DIR: join(folder, 'shop'), DATABASE_URL: databaseUrl, SANDBOX_PORT: 'off' })
  return { ...program, cpuMs: cpuMsBesidesClient }
}

/** Of everything that this benchmark has running, servers included. */
function cpuMsBesidesClient(): number {
  return [...readProcessorTime().byName].reduce((sum, [name, ms]) => (name === clientName ? sum : sum + ms), 0)
}
