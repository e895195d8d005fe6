import { brokerRetries, topicsAndGroups } from '@suanpan/bus-rocketmq'
import { startZooKeepers, type ZooKeepers } from '@suanpan/dubbo/servers'
import { hosts, topicsOf } from '@suanpan/hosting/services'
import { everySubscription } from '@suanpan/hosting/subscriptions'
import { createAt, startServers, type Group, type Servers, type Topic } from '@suanpan/rocketmq/servers'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { reasonOf } from '@suanpan/runtime/reason'
import { StartRefused } from '@suanpan/runtime/settings'
import { join } from 'node:path'
import { brokersOf, usualEnginePorts, type ClusterOptions } from './options.ts'
import { postgresFolder } from './postgres-folder.ts'

/** The middleware. What runs elsewhere has no handle here. */
export interface Engines {
  readonly zookeepers: ZooKeepers | undefined
  readonly rocketmq: Servers | undefined
  readonly postgres: PostgresServer | undefined
  /** As `CLUSTER_ZOOKEEPER`, `CLUSTER_PROXY`, `CLUSTER_NAMESERVERS` name them. */
  readonly zookeeper: string
  readonly proxy: string
  readonly nameServers: string | undefined
  /** The database of a service. */
  databaseUrl(service: string): string
  stop(): Promise<void>
}

/** The database for those who start services by hand. */
const commonDatabase = 'suanpan'

export async function startEngines(options: ClusterOptions): Promise<Engines> {
  const { dataDir, enginePorts = usualEnginePorts, existing = {}, onProgress = () => {} } = options
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => void (await Promise.allSettled(stops.map((end) => end())))
  /** Undefined where somebody else runs it. */
  const begun = async <Started extends { stop(): Promise<void> }>(what: string, elsewhere: string | undefined, start: () => Promise<Started>) => {
    if (elsewhere !== undefined) return undefined
    onProgress(`starting ${what} …`)
    const started = await start()
    stops.push(() => started.stop())
    onProgress(`${what}: ready`)
    return started
  }
  const brokers = brokersOf(options)
  const servers = brokers === 2 ? 'two RocketMQ name servers, two brokers and a proxy' : 'two RocketMQ name servers and a broker with its proxy'
  const starting = [
    begun('three ZooKeeper servers', existing.zookeeper, () => startZooKeepers(enginePorts.zookeeper, { folder: join(dataDir, 'zookeeper') })),
    begun(servers, existing.proxy, () => startServers(enginePorts.rocketmq, { folder: join(dataDir, 'rocketmq'), brokers })),
    begun('PostgreSQL', existing.databaseUrl, () => startPostgres({ folder: postgresFolder(dataDir), port: enginePorts.postgres })),
  ] as const
  try {
    const [zookeepers, rocketmq, postgres] = await Promise.all(starting)
    for (const database of [commonDatabase, ...Object.keys(hosts)]) await postgres?.createDatabase(database)
    onProgress('creating topics and groups …')
    await createTopics(rocketmq, existing.nameServers)
    return {
      zookeepers,
      rocketmq,
      postgres,
      zookeeper: existing.zookeeper ?? zookeepers?.servers.join(',') ?? '',
      proxy: existing.proxy ?? rocketmq?.endpoint ?? '',
      nameServers: existing.nameServers ?? rocketmq?.nameServers,
      databaseUrl: (service) => existing.databaseUrl ?? postgres?.url(hosts[service] === undefined ? commonDatabase : service) ?? '',
      stop,
    }
  } catch (error) {
    // What comes up beside the one that failed is stopped, too.
    await Promise.allSettled(starting)
    await stop()
    throw error instanceof StartRefused ? error : new StartRefused(`The middleware did not come up. ${reasonOf(error)}`)
  }
}

async function createTopics(own: Servers | undefined, nameServers: string | undefined): Promise<void> {
  const { topics, groups } = topicsAndGroups(Object.keys(hosts).flatMap(topicsOf), await everySubscription())
  const wantedTopics = topics.map((name): Topic => ({ name, type: 'TRANSACTION' }))
  const wantedGroups = groups.map((name): Group => ({ name, retries: brokerRetries }))
  if (own !== undefined) await own.create(wantedTopics, wantedGroups)
  else if (nameServers !== undefined) await createAt(nameServers, wantedTopics, wantedGroups)
}
