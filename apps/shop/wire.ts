import type { Channel, ChannelName } from '@suanpan/channels'
import { OperationsServiceDefinition } from '@suanpan/contracts/operations'
import type { Configuration } from '@suanpan/hosting'
import { createOperations } from '@suanpan/hosting/operations'
import { hosts, messagePatience, topicsOf } from '@suanpan/hosting/services'
import { busSchema, createStoreBus, type StoreBusOptions } from '@suanpan/runtime/bus'
import { createIds, type Ids } from '@suanpan/runtime/ids'
import { inProcessRpc, type Rpc } from '@suanpan/runtime/rpc'
import type { Store } from '@suanpan/runtime/store'
import { noMarks, type Log } from '@suanpan/runtime/telemetry'
import type { Clock, Random } from '@suanpan/runtime/time'

export interface WireOptions {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Opens a service's store with these tables. */
  readonly openStore: (service: string, schemas: readonly URL[]) => Promise<Store>
  /** The platforms that customers can pay over. */
  readonly channels: ReadonlyMap<ChannelName, Channel>
  /** Where the edge reaches the services. */
  readonly toEdge: Rpc
}

export interface WiredServices {
  start(): Promise<void>
  /** Finishes what is under way, within a bound. */
  stop(): Promise<void>
}

/** All services in one process: each on its own store, and all on one bus and one rpc. */
export async function wireServices({ openStore, toEdge, ...options }: WireOptions): Promise<WiredServices> {
  const { clock, random, log } = options
  const opened = await Promise.all(
    Object.entries(hosts).map(async ([name, { schemas, host }]) => {
      const publishes = topicsOf(name).length > 0
      return { host, publishes, store: await openStore(name, publishes ? [...schemas, busSchema] : schemas) }
    }),
  )
  const ids = createIds({ clock, random })
  const rpc = inProcessRpc({ clock, maxCalls: 20_000, onError: (method, error) => log.error({ method, error }, 'a service failed to answer') })
  const publishers = opened.filter(({ publishes }) => publishes).map(({ store }) => store)
  const bus = createStoreBus(busOptions(publishers, clock, ids, log))
  const services = opened.map(({ host, store }) => host({ ...options, ids, marks: noMarks, store, bus, rpc }))
  const subscriptions = services.flatMap((service) => service.subscriptions)
  for (const server of [rpc, toEdge]) {
    for (const service of services) service.provide(server)
    server.provide(
      OperationsServiceDefinition,
      createOperations(bus, subscriptions, { measuresThread: true, counts: services.flatMap(({ counts = [] }) => counts) }),
    )
  }
  for (const subscription of subscriptions) bus.subscribe(subscription)

  return {
    start: async () => {
      await bus.start()
      for (const service of services) service.start()
    },
    stop: async () => {
      await Promise.all(services.map((service) => service.stop()))
      await bus.stop()
      await Promise.all(opened.map(({ store }) => store.close()))
    },
  }
}

function busOptions(stores: readonly Store[], clock: Clock, ids: Ids, log: Log): StoreBusOptions {
  return {
    stores,
    clock,
    marks: noMarks,
    owner: ids.next('process'),
    leaseMs: 5_000,
    pollEveryMs: 200,
    ...messagePatience,
    onError: (facts) => log.warn(facts, 'a message was not handled; it comes again'),
  }
}
