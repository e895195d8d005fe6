import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { brokerRetries, createRocketMqBus, rocketMqBusSchema, topicsAndGroups, type RocketMqBus, type RocketMqBusOptions } from '@suanpan/bus-rocketmq'
import { openRocketMq, type RocketMq } from '@suanpan/rocketmq'
import { portsFrom, startServers, type Servers } from '@suanpan/rocketmq/servers'
import { publisher, retryDelaysMs } from '@suanpan/runtime/bus/testing'
import { createIds } from '@suanpan/runtime/ids'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { openPostgresStore, type Store } from '@suanpan/runtime/store'
import { conformanceSchema } from '@suanpan/runtime/store/testing'
import { countedMarks, silentLog, type CountedMarks } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'

/** The one topic that the tests publish to, as the suite of the port does. */
export const topic = 'letter.sent'

/** What a test gives a bus to stand on: any number of processes share an installation's topics, groups and database. */
export interface Installation {
  readonly prefix: string
  readonly connectionString: string
}

export interface OpenedProcess {
  readonly bus: RocketMqBus
  readonly store: Store
  readonly marks: CountedMarks
  readonly rocketmq: RocketMq
}

export interface Cluster {
  readonly servers: Servers
  readonly database: PostgresServer
  /** Topics and groups of its own, and an empty database. */
  install(): Promise<Installation>
  /** A bus on connections of its own, as another process would have it; not started yet. */
  open(installation: Installation, options?: ProcessOptions): Promise<OpenedProcess>
  /** Kills the broker, takes away what it has stored, starts it again, and makes the topics of this one installation there. */
  loseDisk(installation: Installation): Promise<void>
  /** Ends what was opened so far, as processes end that are told to. */
  stopProcesses(): Promise<void>
  stop(): Promise<void>
}

export interface ProcessOptions extends Partial<Pick<RocketMqBusOptions, 'announceWithinMs' | 'barAfterMs' | 'retryDelaysMs'>> {
  /** What a process does instead of telling the broker to commit. */
  readonly insteadOfCommit?: () => Promise<void>
}

/** Connects one process of an installation. */
export async function openProcess(endpoint: string, { prefix, connectionString }: Installation, options: ProcessOptions = {}): Promise<OpenedProcess> {
  const { insteadOfCommit, ...busOptions } = options
  const clock = systemClock()
  const marks = countedMarks()
  const store = await openPostgresStore({ name: publisher, connectionString, schemas: [conformanceSchema, rocketMqBusSchema], clock, onError: () => {} })
  const rocketmq = withoutCommit(openRocketMq({ endpoint }), insteadOfCommit)
  const ids = createIds({ clock, random: systemRandom })
  const shared = { rocketmq, store, topics: [topic], clock, ids, log: silentLog, marks, retainMs: 60_000, prefix, pollEveryMs: 200, announceWithinMs: 10_000 }
  return { bus: createRocketMqBus({ ...shared, retryDelaysMs, ...busOptions }), store, marks, rocketmq }
}

function withoutCommit(rocketmq: RocketMq, commit: ProcessOptions['insteadOfCommit']): RocketMq {
  if (commit === undefined) return rocketmq
  return { ...rocketmq, sendHalf: async (...given) => ({ ...(await rocketmq.sendHalf(...given)), commit }) }
}

/** `count` is how many installations the tests need: creating their topics takes a program of Java's, so it is done at once. */
export async function startCluster(firstPort: number, count: number, groups: readonly string[]): Promise<Cluster> {
  const [servers, database] = await Promise.all([startServers(portsFrom(firstPort)), startPostgres()])
  const prefixes = Array.from({ length: count }, (_, index) => `t${index}-`)
  const subscriptions = groups.map((group) => ({ group, topics: [topic], publisher, maxBatch: 1, handle: async () => [] }))
  async function createTopics(needed: readonly string[]): Promise<void> {
    const needs = needed.map((prefix) => topicsAndGroups([topic], subscriptions, prefix))
    await servers.create(
      needs.flatMap(({ topics }) => topics.map((name) => ({ name, type: 'TRANSACTION' as const }))),
      needs.flatMap((need) => need.groups.map((name) => ({ name, retries: brokerRetries }))),
    )
  }
  await createTopics(prefixes)
  let opened: OpenedProcess[] = []

  async function stopProcesses(): Promise<void> {
    const ending = opened
    opened = []
    await Promise.all(ending.map(({ bus }) => bus.stop()))
    await Promise.all(ending.map(({ rocketmq }) => rocketmq.close(1_000)))
    await Promise.all(ending.map(({ store }) => store.close()))
  }

  return {
    servers,
    database,
    install: async () => {
      const prefix = prefixes.shift()
      if (prefix === undefined) throw new Error(`there are more than ${count} tests: name more`)
      return { prefix, connectionString: await database.createDatabase() }
    },
    open: async (installation, options) => {
      const process = await openProcess(servers.endpoint, installation, options)
      opened.push(process)
      return process
    },
    loseDisk: async ({ prefix }) => {
      await servers.kill('broker')
      // Beside the folder of its log: see `writeFiles` of the servers.
      rmSync(join(dirname(servers.process('broker').logFile), '..', 'broker-a'), { recursive: true })
      await servers.restart('broker')
      await createTopics([prefix])
    },
    stopProcesses,
    stop: async () => {
      await stopProcesses()
      await Promise.all([servers.stop(), database.stop()])
    },
  }
}
