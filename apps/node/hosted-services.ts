import { createRocketMqBus, rocketMqBusSchema } from '@suanpan/bus-rocketmq'
import { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import type { Accounts } from '@suanpan/hosting'
import { createChannels } from '@suanpan/hosting/channels'
import { createOperations } from '@suanpan/hosting/operations'
import { hosts, messagePatience, topicsOf } from '@suanpan/hosting/services'
import { openServiceStore } from '@suanpan/hosting/store'
import { openRocketMq } from '@suanpan/rocketmq'
import type { DubboRpc } from '@suanpan/rpc-dubbo'
import { createIds } from '@suanpan/runtime/ids'
import type { Store } from '@suanpan/runtime/store'
import { noMarks, type Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'
import { untilConnected } from './connected.ts'
import type { NodeConfiguration } from './configuration.ts'
import type { Fitness } from './fitness.ts'
import { untilOneStore } from './one-store.ts'

export interface HostServicesOptions {
  readonly configuration: NodeConfiguration
  readonly accounts: Accounts
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** What the services answer to, and how they reach each other. */
  readonly dubbo: DubboRpc
  /** Told where this process must not go on. */
  readonly fitness: Fitness
}

export interface HostedServices {
  start(): Promise<void>
  /** Finishes what is under way, within a bound. */
  stop(): Promise<void>
  /** Messages that were made dead letters of the broker's. */
  buriedMessages(): number
}

/** The services of this process: each on a store and a bus of its own, all on one rpc and one connection to the broker. */
export async function hostServices({ configuration, accounts, dubbo, fitness, ...context }: HostServicesOptions): Promise<HostedServices> {
  const { clock, random, log } = context
  const channels = createChannels(accounts, clock, random)
  if (configuration.services === undefined) return { start: async () => {}, stop: async () => {}, buriedMessages: () => 0 }
  const { shop, waitMs } = configuration
  const { names, databaseUrl, proxy } = configuration.services
  const { rpc } = dubbo
  const ids = createIds({ clock, random })
  const rocketmq = openRocketMq({ endpoint: proxy, clock, random, log })
  const stores: Store[] = []

  async function host(service: string) {
    const definition = hosts[service]
    if (definition === undefined) throw new Error(`there is no service ${service}`)
    const store = await openServiceStore({ service, databaseUrl, schemas: [...definition.schemas, rocketMqBusSchema], clock, log })
    stores.push(store)
    await untilOneStore({ service, store, dubbo, configuration, clock, log, onSplit: fitness.leave })
    const bus = createRocketMqBus({ ...context, rocketmq, store, topics: topicsOf(service), ids, marks: noMarks, ...messagePatience })
    const hosted = definition.host({ ...context, configuration: shop, ids, marks: noMarks, store, bus, rpc, channels })
    hosted.provide(rpc)
    // What its store says is the same in every process of a service: whichever is asked answers for all of them.
    const figures = async () => ({ ...(await bus.figures()) })
    const operations = createOperations(bus, hosted.subscriptions, { labels: { service }, figures, counts: hosted.counts ?? [] })
    rpc.provide(OperationsServiceDefinition, operations, service)
    for (const subscription of hosted.subscriptions) bus.subscribe(subscription)
    return { hosted, bus }
  }

  const services = await Promise.all(names.map(host))
  return {
    start: async () => {
      await Promise.all(services.map(({ bus }) => bus.start()))
      await fitness.whileFit(untilConnected(rocketmq, { proxy, waitMs }, clock, log))
      for (const { hosted } of services) hosted.start()
    },
    stop: async () => {
      await Promise.all(services.map(({ hosted }) => hosted.stop()))
      await Promise.all(services.map(({ bus }) => bus.stop()))
      await rocketmq.close()
      await Promise.all(stores.map((store) => store.close()))
    },
    buriedMessages: () => rocketmq.buriedMessages,
  }
}
