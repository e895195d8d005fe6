import type { Environment } from '@suanpan/channels/configuration'
import { readConfiguration, readSettings, StartRefused, url, type Configuration } from '@suanpan/hosting'
import { readRoles, type Roles } from './roles.ts'
import { nodeSettings } from './settings.ts'

export interface NodeConfiguration {
  readonly shop: Configuration
  readonly roles: Roles
  /** This process's name: in its log, and in the registry. */
  readonly name: string
  /** The address at which other processes reach this one. */
  readonly host: string
  /** The address and port that it listens on for them; 0: any free port. */
  readonly listenOn: string
  readonly clusterPort: number
  /** `host:port` of each ZooKeeper server. */
  readonly zookeeper: readonly string[]
  /** `host:port` of RocketMQ's proxy. */
  readonly proxy: string
  /** Every service of this process has a schema in it. Empty where none runs here. */
  readonly databaseUrl: string
  /** Where the payment system listens; 0: any free port. */
  readonly paymentPort: number
  /** Where operators of this process look, on loopback; 0: any free port. */
  readonly operationsPort: number
  /** How long a start waits for each of the servers that it stands on. */
  readonly waitMs: number
}

const database = url('the PostgreSQL database of the services of this process, each in a schema of its own', ['postgres:', 'postgresql:'])

/** Reads what a process of the cluster is to run, and where. Throws `StartRefused`. */
export function readNodeConfiguration(run: string | undefined, environment: Environment): NodeConfiguration {
  const roles = readRoles(run)
  const shop = readConfiguration(environment)
  const { optional, required } = readSettings(environment)
  const hostsServices = roles.services.length > 0
  const databaseUrl = hostsServices ? required('DATABASE_URL', { ...database, isSecret: true }) : ''
  const proxy = hostsServices ? required('CLUSTER_PROXY', nodeSettings.CLUSTER_PROXY) : ''
  const { port } = shop
  const paymentPort = optional('PAYMENT_PORT', nodeSettings.PAYMENT_PORT) ?? (port === 0 ? 0 : port + 2)
  if (paymentPort > 65_535) throw new StartRefused(`PORT ${port} leaves no room for the payment system's port, PORT + 2. Set PAYMENT_PORT.`)
  const host = required('CLUSTER_HOST', nodeSettings.CLUSTER_HOST)
  return {
    shop,
    roles,
    name: optional('CLUSTER_NAME', nodeSettings.CLUSTER_NAME) ?? [...roles.services, ...roles.systems].join('+'),
    host,
    listenOn: optional('CLUSTER_LISTEN', nodeSettings.CLUSTER_LISTEN) ?? host,
    clusterPort: optional('CLUSTER_PORT', nodeSettings.CLUSTER_PORT) ?? 0,
    zookeeper: required('CLUSTER_ZOOKEEPER', nodeSettings.CLUSTER_ZOOKEEPER),
    proxy,
    databaseUrl,
    paymentPort,
    operationsPort: optional('OPERATIONS_PORT', nodeSettings.OPERATIONS_PORT) ?? 0,
    waitMs: required('CLUSTER_WAIT_MS', nodeSettings.CLUSTER_WAIT_MS),
  }
}
