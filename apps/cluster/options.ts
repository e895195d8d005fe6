import { portsFrom, usualPorts, type BrokerCount, type Ports } from '@suanpan/rocketmq/servers'

/** Where the middleware listens; each entry stands for a few ports beside it. */
export interface EnginePorts {
  /** The first of three; their ports among themselves are ten and twenty above. */
  readonly zookeeper: number
  readonly rocketmq: Ports
  readonly postgres: number
}

/** Where the middleware's own users look for it; PostgreSQL out of the way of one that the machine may have. */
export const usualEnginePorts: EnginePorts = { zookeeper: 2_181, rocketmq: usualPorts, postgres: 55_432 }

/** Eighty ports from this one on. */
export function enginePortsFrom(first: number): EnginePorts {
  return { zookeeper: first, rocketmq: portsFrom(first + 30), postgres: first + 60 }
}

/** Servers that are there already, and are used instead of own ones. */
export interface ExistingServers {
  /** `host:port` of each, separated by commas. */
  readonly zookeeper?: string
  /** RocketMQ's proxy, `host:port`. */
  readonly proxy?: string
  /** For the proxy's cluster, so that topics and groups can be made there: `host:port,host:port`. */
  readonly nameServers?: string
  /** One database, with a schema for each service. */
  readonly databaseUrl?: string
}

/** The environment of a process, by name. */
export type ProcessEnvironment = Readonly<Record<string, string>>

export interface ClusterOptions {
  /** The file of the program that is started as each process: its `node` runs a service or a system, its `sandbox` the sandbox. */
  readonly program: string
  /** What is stored, the logs and the demo's keys are here, and stay. */
  readonly dataDir: string
  /** Of the order system. The sandbox has the next one, the payment system the one after it. */
  readonly port: number
  readonly enginePorts?: EnginePorts
  /** Two brokers, and two processes of everything but the sandbox; the second systems listen ten ports above. */
  readonly isHa?: boolean
  /** Two with `isHa`, one otherwise, by default. */
  readonly brokers?: BrokerCount
  /** Just the middleware. */
  readonly enginesOnly?: boolean
  readonly existing?: ExistingServers
  /** For every process, beside what it is told anyway: `LOG_LEVEL`, `UNPAID_TIMEOUT_MS`. */
  readonly environment?: ProcessEnvironment
  /** Has the last word on the environment of a process, once the middleware runs: a test leads it over a proxy of its own. */
  readonly environmentOf?: (process: string, environment: ProcessEnvironment) => ProcessEnvironment
  /** Aborted: the start is given up, and what has been started ends; it rejects then. */
  readonly signal?: AbortSignal
  /** Told what is being done. */
  readonly onProgress?: (doing: string) => void
  /** Told of processes that died, and come again. */
  readonly onNews?: (news: string) => void
}

export const brokersOf = ({ isHa = false, brokers = isHa ? 2 : 1 }: ClusterOptions): BrokerCount => brokers
