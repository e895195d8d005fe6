import { accountSettings, settings as shopSettings } from '@suanpan/hosting'
import { nodeSettings } from '@suanpan/node/settings'
import { readSettings, type Environment, type Setting } from '@suanpan/runtime/settings'
import type { ProcessEnvironment } from './options.ts'

const ofProcesses = { ...nodeSettings, ...shopSettings }
type Name = keyof typeof ofProcesses

/** A setting that nobody heeds, and so is refused, but for the value that it has anyway: here, if the order system has that port. */
interface Settled {
  readonly value?: (port: number) => string
  readonly because: string
}

const isDemo = 'it is a demo, in which anyone may sign in as anyone; a shop that is none is made of npx suanpan node, process by process'
const ownPort = 'every process takes a free one, which its log names'

/**
 * Whom a setting reaches that the environment of a cluster has, which runs a demo on one machine: all its processes as it is, or
 * the cluster, which tells each process what follows for it, or nobody.
 */
const reach: Readonly<Record<Name, 'processes' | 'cluster' | Settled>> = {
  PORT: 'cluster',
  DATA_DIR: 'cluster',
  DATABASE_URL: 'cluster',
  CLUSTER_ZOOKEEPER: 'cluster',
  CLUSTER_PROXY: 'cluster',
  UNPAID_TIMEOUT_MS: 'processes',
  SAGA_DEADLINE_MS: 'processes',
  RESPOND_WITHIN_MS: 'processes',
  QUEUE_LIMIT: 'processes',
  QUEUE_RATE_PER_SECOND: 'processes',
  MAX_BATCH: 'processes',
  AUDIT_GRACE_MS: 'processes',
  LOG_LEVEL: 'processes',
  CLUSTER_HOST: 'processes',
  CLUSTER_LISTEN: 'processes',
  CLUSTER_WAIT_MS: 'processes',
  DEMO: { value: () => '1', because: isDemo },
  JWT_SECRET: { because: isDemo },
  JWKS_URL: { because: isDemo },
  JWT_ISSUER: { because: isDemo },
  JWT_AUDIENCE: { because: isDemo },
  TRUSTED_PROXIES: { because: isDemo },
  HOST: { value: () => '127.0.0.1', because: 'a demo listens on loopback' },
  SANDBOX_PORT: { value: (port) => String(port + 1), because: 'the sandbox has the port after that of --port' },
  PAYMENT_PORT: { value: (port) => String(port + 2), because: 'the payment system has the second port after that of --port' },
  CLUSTER_NAME: { because: 'every process has the name of what it runs' },
  CLUSTER_PORT: { because: ownPort },
  OPERATIONS_PORT: { because: ownPort },
}

export const settledSettings = Object.entries(reach).flatMap(([name, whom]) => (typeof whom === 'string' ? [] : [{ name, ...whom }]))

/** What processes take from the environment of their cluster, as it is. */
export const handedOnSettings: Readonly<Record<string, Setting<unknown>>> = Object.fromEntries(
  Object.entries(ofProcesses).filter(([name]) => reach[name as Name] === 'processes'),
)

/** Of an environment, what is handed on to every process. */
export function handedOn(environment: Environment): ProcessEnvironment {
  const { isSet } = readSettings(environment)
  return Object.fromEntries(Object.keys(handedOnSettings).flatMap((name) => (isSet(name) ? [[name, environment[name] ?? '']] : [])))
}

/** Of an environment, what is the machine's, such as PATH and HOME: a setting reaches a process by the table alone. */
export function withoutSettings(environment: Environment): Environment {
  const names = new Set(Object.keys({ ...ofProcesses, ...accountSettings }))
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.has(name)))
}
