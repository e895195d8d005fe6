import { readConfiguration, type Configuration } from '@suanpan/hosting'
import { readSettings, StartRefused, url, type Environment } from '@suanpan/runtime/settings'
import { readRoles, type System } from './roles.ts'
import { nodeSettings } from './settings.ts'

/** The services of a process, and what they stand on. */
export interface ServicesConfiguration {
  /** At least one. */
  readonly names: readonly string[]
  /** Each of them has a schema in it. */
  readonly databaseUrl: string
  /** `host:port` of RocketMQ's proxy. */
  readonly proxy: string
}

export interface NodeConfiguration {
  readonly shop: Configuration
  /** The names of all that this process runs. */
  readonly runs: readonly string[]
  /** Undefined: none runs here. */
  readonly services: ServicesConfiguration | undefined
  readonly systems: readonly System[]
  /** This process's name: in its log, and in the registry. */
  readonly name: string
  /** The address at which other processes reach this one. */
  readonly host: string
  /** The address and port that it listens on for them; 0: any free port. */
  readonly listenOn: string
  readonly clusterPort: number
  /** `host:port` of each ZooKeeper server. */
  readonly zookeeper: readonly string[]
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
  const { services: names, systems } = readRoles(run)
  const runs = [...names, ...systems]
  const shop = readConfiguration(environment)
  const { optional, required } = readSettings(environment)
  const services =
    names.length === 0
      ? undefined
      : { names, databaseUrl: required('DATABASE_URL', { ...database, isSecret: true }), proxy: required('CLUSTER_PROXY', nodeSettings.CLUSTER_PROXY) }
  const { port } = shop
  const paymentPort = optional('PAYMENT_PORT', nodeSettings.PAYMENT_PORT) ?? (port === 0 ? 0 : port + 2)
  if (paymentPort > 65_535) throw new StartRefused(`PORT ${port} leaves no room for the payment system's port, PORT + 2. Set PAYMENT_PORT.`)
  if (paymentPort === 0 && runs.includes('payment') && shop.identity.kind === 'demo' && shop.sandboxPort !== undefined) {
    throw new StartRefused(
      'PAYMENT_PORT is 0, any free port, and the payment service has to tell the sandbox where the payment system listens. Set PAYMENT_PORT.',
    )
  }
  const host = required('CLUSTER_HOST', nodeSettings.CLUSTER_HOST)
  return {
    shop,
    runs,
    services,
    systems,
    name: optional('CLUSTER_NAME', nodeSettings.CLUSTER_NAME) ?? runs.join('+'),
    host,
    listenOn: optional('CLUSTER_LISTEN', nodeSettings.CLUSTER_LISTEN) ?? host,
    clusterPort: optional('CLUSTER_PORT', nodeSettings.CLUSTER_PORT) ?? 0,
    zookeeper: required('CLUSTER_ZOOKEEPER', nodeSettings.CLUSTER_ZOOKEEPER),
    paymentPort,
    operationsPort: optional('OPERATIONS_PORT', nodeSettings.OPERATIONS_PORT) ?? 0,
    waitMs: required('CLUSTER_WAIT_MS', nodeSettings.CLUSTER_WAIT_MS),
  }
}
