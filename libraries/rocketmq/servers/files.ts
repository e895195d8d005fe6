import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Ports {
  readonly nameServers: readonly [number, number]
  /** What clients of this library connect to: gRPC. */
  readonly proxy: number
  /** The proxy for classic clients; here they go to the broker. */
  readonly proxyRemoting: number
  /** A broker takes this one, and the one two below, too. The second broker has those ten above. */
  readonly broker: number
}

/** What the servers have when nobody says otherwise. */
export const usualPorts: Ports = { nameServers: [9876, 9877], proxy: 8081, proxyRemoting: 8080, broker: 10_911 }

/** Twelve ports from this one on; with two brokers twenty-two. */
export function portsFrom(first: number): Ports {
  return { nameServers: [first, first + 1], proxy: first + 2, proxyRemoting: first + 3, broker: first + 10 }
}

/** Every port that the servers listen on. */
export function portsOf({ nameServers, proxy, proxyRemoting, broker }: Ports, brokers: BrokerCount): number[] {
  const ofBrokers = brokerNames.slice(0, brokers).flatMap((_, index) => [-2, 0].map((offset) => broker + index * secondBroker + offset))
  return [...nameServers, proxy, proxyRemoting, ...ofBrokers]
}

export type BrokerCount = 1 | 2
export const brokerNames = ['broker-a', 'broker-b'] as const
const secondBroker = 10

export const nameServersOf = ({ nameServers }: Ports): string => nameServers.map((port) => `127.0.0.1:${port}`).join(';')

/** The default, 4 MiB, costs as much direct memory for each writing thread, and with 256 MiB of it the broker's redelivery dies silently. */
const maxMessageBytes = 1_048_576

/**
 * What a killed consumer had in hand is kept for it until it counts as gone: two minutes by default. A consumer that lives
 * says so each ten seconds.
 */
const consumerGoneAfterMs = 30_000

/** Until then the proxy prolongs this time, after which a message is handed out again; an answer that got lost costs as much. By default a minute. */
const invisibleMs = 20_000

/**
 * The proxy remembers where topics are, and that one is nowhere, for twenty seconds by default. A broker that is started
 * again tells its name servers of its topics after ten, and whoever asks the proxy before that is told what it remembers.
 */
const routesRefreshedAfterSeconds = 5

/**
 * Each time, 38 MB of the wheel of delayed messages are compared with what is on disk, byte by byte: every second, which is
 * the default, that takes 7 % of a core for ever, though nobody may use it. What has been handed out since then is handed
 * out again after a kill; nothing is lost with it, since the log beside the wheel is read again.
 */
const timerFlushMs = 30_000

/** Names of the servers, each with a folder for what it writes. */
export const nameServerNames = ['name-server-1', 'name-server-2'] as const

/** Writes the configuration files into `folder`; paths in them are relative to it. */
export function writeFiles(folder: string, ports: Ports, brokers: BrokerCount): void {
  for (const name of [...nameServerNames, ...brokerNames, 'broker', 'proxy']) mkdirSync(join(folder, 'var', name), { recursive: true })
  nameServerNames.forEach((name, index) => {
    write(folder, `conf/${name}.conf`, { listenPort: ports.nameServers[index] ?? 0, bindAddress: '127.0.0.1', kvConfigPath: `var/${name}/kvConfig.json` })
  })
  brokerNames.forEach((name, index) => write(folder, `conf/${name}.conf`, brokerSettings(name, ports.broker + index * secondBroker)))
  const proxy = {
    rocketMQClusterName: 'DefaultCluster',
    grpcServerPort: ports.proxy,
    remotingListenPort: ports.proxyRemoting,
    maxMessageSize: maxMessageBytes,
    channelExpiredTimeout: consumerGoneAfterMs,
    defaultInvisibleTimeMills: invisibleMs,
    topicRouteServiceCacheRefreshSeconds: routesRefreshedAfterSeconds,
  }
  // A proxy apart from its brokers tells them with this heartbeat whom they can ask about transactions.
  const heartbeat = brokers === 1 ? {} : { transactionHeartbeatPeriodSecond: 2 }
  writeFileSync(join(folder, 'conf/rmq-proxy.json'), JSON.stringify({ ...proxy, ...heartbeat }))
  writeFileSync(join(folder, 'conf/logback.xml'), logback)
}

function brokerSettings(brokerName: string, listenPort: number): Readonly<Record<string, string | number | boolean>> {
  return {
    brokerClusterName: 'DefaultCluster',
    brokerName,
    brokerId: 0,
    brokerRole: 'ASYNC_MASTER',
    flushDiskType: 'SYNC_FLUSH',
    brokerIP1: '127.0.0.1',
    brokerIP2: '127.0.0.1',
    bindAddress: '127.0.0.1',
    listenPort,
    storePathRootDir: `var/${brokerName}/store`,
    storePathCommitLog: `var/${brokerName}/store/commitlog`,
    mappedFileSizeCommitLog: 67_108_864,
    maxMessageSize: maxMessageBytes,
    autoCreateTopicEnable: false,
    autoCreateSubscriptionGroup: false,
    // With marks of commits written more rarely than checks are made, a message just settled is checked, and delivered, again.
    transactionOpBatchInterval: 500,
    transactionTimeOut: 3_000,
    transactionCheckInterval: 2_000,
    // A day: those who know what became of a transaction may be away for as long. Then it is dropped, into a topic of its own.
    transactionCheckMax: 43_200,
    channelExpiredTimeout: consumerGoneAfterMs,
    timerFlushIntervalMs: timerFlushMs,
    recallMessageEnable: true,
    enablePropertyFilter: true,
    fileReservedTime: 24,
    diskMaxUsedSpaceRatio: 90,
  }
}

function write(folder: string, path: string, settings: Readonly<Record<string, string | number | boolean>>): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(folder, path), lines.join(''))
}

/** One log on standard output; without this the servers write many files under the home folder. */
const logback = `<configuration scan="false">
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{HH:mm:ss.SSS} %-5p [%t] %logger{20} - %m%n</pattern></encoder>
  </appender>
  <root level="\${rmq.log.level:-WARN}"><appender-ref ref="OUT"/></root>
</configuration>
`
