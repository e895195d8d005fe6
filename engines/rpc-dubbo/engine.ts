import {
  agree,
  createConsumer,
  createProvider,
  openZooKeeper,
  zookeeperRegistry,
  type CallOptions,
  type Provider,
  type Reply,
  type ZooKeeperEvent,
} from '@suanpan/dubbo'
import { createClient, createDispatcher, type DispatcherOptions, type Rpc, type Send, type ServiceDefinition } from '@suanpan/runtime/rpc'
import type { Random } from '@suanpan/runtime/time'
import { carried, serving, traceparentKey, wireReplyOf } from './triple.ts'

export interface DubboRpcOptions extends DispatcherOptions {
  /** This program's name in the registry: letters, digits, `-`, `_`, `.`. Processes of one name are equals. */
  readonly application: string
  /** `host:port` of each ZooKeeper server. */
  readonly zookeeper: readonly string[]
  readonly random: Random
  /** The address that other processes are told to connect to. */
  readonly host: string
  /**
   * The address to listen on, `host` by default. Nobody is asked who he is: it should be reachable for those alone who
   * may call. Java consumers replace a 127.x by their own first address.
   */
  readonly listenOn?: string
  /** Any that is free by default: a Java consumer can go on for a minute with the dead connection to a port used again. */
  readonly port?: number
  /** What becomes of the ZooKeeper session. */
  readonly onEvent?: (event: ZooKeeperEvent) => void
}

export interface DubboRpcHealth {
  /** Whether a ZooKeeper server answers. While none does, the providers known are called on. */
  readonly isConnected: boolean
  /** Whether other processes find this one. */
  readonly isOnline: boolean
  readonly callsUnderWay: number
  /** By service (`instance/package.Service`) that is called from here: how many processes provide it. */
  readonly providers: { readonly [service: string]: number }
}

/** Calls between processes. */
export interface DubboRpc {
  /** What is provided must be so before `start`. Calls may be made at any time; what this process provides itself is called in process. */
  readonly rpc: Rpc
  /**
   * Says in the registry in which store a service keeps its data here, for as long as this process lives, and answers nobody.
   * Where living processes have said another one, these are answered, and nothing is said: half of the data would be here.
   * `onSplit` is told of those that say another one later, once: this process has to leave.
   */
  agreeOnStore(service: string, store: string, holder: string, onSplit: (others: readonly string[]) => void): Promise<readonly string[]>
  /** Listens and registers; calls come from then on. Rejects if the port is taken or no ZooKeeper server answers; then everything is closed. */
  start(): Promise<void>
  /** Waits until everything called from here is provided, and tells what is still missing after so long. */
  untilProvided(withinMs: number): Promise<readonly string[]>
  /** Takes this process out of the registry, and serves whoever still calls. */
  offline(): Promise<void>
  /** Makes it known again after `offline`. */
  online(): Promise<void>
  /** Takes this process out of the registry and serves until nobody calls any more, six seconds at most. Its own calls go on. */
  leave(): Promise<void>
  /** Ends it all; calls under way are finished first. Whoever did not leave before loses those that come meanwhile. */
  close(): Promise<void>
  health(): DubboRpcHealth
}

const lookAgainMs = 20
/** So many processes are asked in all, while a call surely was not processed and its deadline is not over. */
const maxAttempts = 3
/** Batches and pages are large; what Java takes of one message stays at 8 MiB. */
const maxMessageBytes = 64 * 1024 * 1024

/** Beside what Dubbo keeps there, which Java reads. */
const stores = '/suanpan/stores'

/** A service of other processes. */
interface Called {
  call(method: string, body: Uint8Array, options: CallOptions): Promise<Reply<Uint8Array>>
  readonly providerCount: number
}

/** Carries calls between processes over Dubbo's Triple; they find each other through ZooKeeper. */
export function openDubboRpc(options: DubboRpcOptions): DubboRpc {
  const { application, zookeeper: servers, random, host, listenOn = host, port = 0, clock, onError, onEvent = () => {} } = options
  refuseMisnamed(application)
  const zookeeper = openZooKeeper({ servers, clock, onEvent })
  const registry = zookeeperRegistry({ zookeeper, clock, onEvent })
  const dispatcher = createDispatcher(options)
  const consumer = createConsumer({ application, registry, clock, random, maxMessageBytes })
  // The dispatcher counts what is under way, calls of this process among them.
  const common = { application, registry, clock, host, listenOn, triplePort: port, maxCalls: Infinity, maxMessageBytes, onError }
  const builder = createProvider({ ...common, warmupMs: 0 })
  const provided = new Set<string>()
  const wanted = new Map<string, () => Called>()
  let isStarted = false
  let provider: Provider | undefined
  let leaving: Promise<void> | undefined

  /** Looks for providers from the first time that somebody asks. */
  function lookFor(service: ServiceDefinition, instance: string | undefined): () => Called {
    let called: Called | undefined
    return () => (called ??= refer(service, instance))
  }

  function refer(service: ServiceDefinition, instance: string | undefined): Called {
    const reference = consumer.triple(carried(service, instance), {
      group: instance ?? '',
      timeoutMs: Infinity,
      maxAttempts,
      // Batches differ in what they cost, and a process may be slow or frozen: who has answered last gets the next.
      loadBalance: 'least_active',
    })
    return {
      call: (method, body, callOptions) => (reference.calls[method] ?? refuseMethod(method))(body, callOptions),
      get providerCount() {
        return reference.providerCount
      },
    }
  }

  const missing = (): string[] => Object.entries(providers()).flatMap(([name, count]) => (count === 0 ? [name] : []))

  function providers(): DubboRpcHealth['providers'] {
    const remote = [...wanted].filter(([name]) => !provided.has(name))
    return Object.fromEntries(remote.map(([name, called]) => [name, called().providerCount]))
  }

  function sendTo(name: string, called: () => Called): Send {
    return async (call) => {
      if (provided.has(name)) return dispatcher.dispatch(call)
      const { method, body, deadlineAt, traceparent } = call
      const attachments = traceparent === '' ? {} : { [traceparentKey]: traceparent }
      const reply = await called().call(method, body, { deadlineAt, attachments })
      if (reply.kind === 'failed') onError(method, new Error(`a provider answered ${reply.error.name}: ${reply.error.message}`))
      return wireReplyOf(reply)
    }
  }

  const rpc: Rpc = {
    provide: (service, implementation, instance) => {
      const name = nameOf(service, instance)
      if (isStarted) throw new Error(`${name} is provided too late: after the start nobody would find it`)
      const definition = carried(service, instance)
      dispatcher.provide(service, implementation, instance)
      builder.triple(definition, serving(definition, dispatcher.dispatch), { group: instance ?? '' })
      provided.add(name)
    },
    client: (service, instance) => {
      const name = nameOf(service, instance)
      const called = wanted.get(name) ?? lookFor(service, instance)
      wanted.set(name, called)
      return createClient(service, instance, clock, sendTo(name, called))
    },
  }

  async function close(): Promise<void> {
    await (leaving ?? provider?.close(0))
    consumer.close()
    registry.close()
  }

  return {
    rpc,
    agreeOnStore: (service, store, holder, onSplit) =>
      agree({ zookeeper, clock, onSplit }, { folder: `${stores}/${service}`, value: store, holder, id: idOf(random) }),
    start: async () => {
      isStarted = true
      for (const [name, called] of wanted) if (!provided.has(name)) called()
      if (provided.size === 0) return
      try {
        provider = await builder.start()
      } catch (error) {
        await close()
        throw error
      }
    },
    untilProvided: async (withinMs) => {
      const until = clock.now() + withinMs
      while (missing().length > 0 && clock.now() < until) await clock.sleep(lookAgainMs)
      return missing()
    },
    offline: async () => provider?.offline(),
    online: async () => provider?.online(),
    leave: () => (leaving ??= provider?.close() ?? Promise.resolve()),
    close,
    health: () => ({
      isConnected: zookeeper.isConnected,
      isOnline: provider?.isOnline ?? false,
      callsUnderWay: provider?.callsUnderWay ?? 0,
      providers: providers(),
    }),
  }
}

/** As Dubbo shows a service of a group. */
function nameOf({ fullName }: ServiceDefinition, instance: string | undefined): string {
  return instance === undefined ? fullName : `${instance}/${fullName}`
}

const idOf = (random: Random): string => random().toString(36).slice(2)

function refuseMisnamed(application: string): void {
  if (!/^[\w.-]+$/.test(application)) throw new Error(`"${application}" is no name of an application; letters, digits, "-", "_" and "." make one`)
}

function refuseMethod(method: string): never {
  throw new Error(`${method} is no method of its own service`)
}
