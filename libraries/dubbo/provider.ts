import { networkInterfaces } from 'node:os'
import { inTime, type Clock } from '@suanpan/runtime/time'
import { startClassicServer } from './classic/server.ts'
import { plainService, type PlainImplementation, type PlainService } from './classic/service.ts'
import type { PlainInterface } from './classic/plain-interface.ts'
import type { Listener } from './listener.ts'
import type { Registered, RegisteredService, Registry } from './registry/port.ts'
import { serviceName, type Protocol } from './registry/url.ts'
import { createTraffic } from './traffic.ts'
import { tripleService, type TripleDefinition, type TripleImplementation, type TripleService } from './triple/definition.ts'
import { defaultMaxMessageBytes } from './triple/headers.ts'
import { startTripleServer } from './triple/server.ts'

export interface ProviderOptions {
  /** This program's name. */
  readonly application: string
  readonly registry: Registry
  readonly clock: Clock
  /** 50051 by default, 0 for any that is free: better for whoever restarts often, see the README. */
  readonly triplePort?: number
  /** 20880 by default. */
  readonly classicPort?: number
  /** 0.0.0.0 by default. Java consumers replace a 127.x address by their own first one, so a provider on loopback alone is not found. */
  readonly listenOn?: string
  /** What consumers are told to connect to; the machine's first address by default. */
  readonly host?: string
  /** Calls under way at once; more are refused before they begin. */
  readonly maxCalls?: number
  /** Of one call or answer over Triple: 8 MiB by default, which is what Java takes. */
  readonly maxMessageBytes?: number
  /** Against other providers of the same services; 100 by default. */
  readonly weight?: number
  /** How long consumers give a young provider less to do; ten minutes by default, as in Java. 0 for one that is quick at once. */
  readonly warmupMs?: number
  /** Told of a handler that threw anything but a ServiceError. */
  readonly onError?: (method: string, error: unknown) => void
}

export interface ServiceOptions {
  readonly group?: string
  readonly version?: string
}

/** Services to be provided; `start` makes a running provider of them. */
export interface ProviderBuilder {
  triple<Service extends TripleDefinition>(definition: Service, implementation: TripleImplementation<Service>, options?: ServiceOptions): ProviderBuilder
  plain<Interface extends PlainInterface>(declared: Interface, implementation: PlainImplementation<Interface>, options?: ServiceOptions): ProviderBuilder
  /** Listens and registers. Rejects if a port is taken or the registry does not answer; then nothing is left running. */
  start(): Promise<Provider>
}

export interface ProvidedService {
  readonly name: string
  readonly protocol: Protocol
  readonly port: number
  readonly methods: readonly string[]
}

/** A running provider. */
export interface Provider {
  readonly services: readonly ProvidedService[]
  readonly isOnline: boolean
  readonly connectionCount: number
  readonly callsUnderWay: number
  /** Makes it known again after `offline`. */
  online(): Promise<void>
  /** Takes it out of the registry and tells connected consumers. It goes on serving whoever still calls. */
  offline(): Promise<void>
  /** Goes so that no call is lost: `offline`, then serves until every consumer has hung up, for at most `drainMs`, then ends. */
  close(drainMs?: number): Promise<void>
}

/**
 * Java consumers that have seen more than ten changes hear of the next one up to five seconds late (`RegistryNotifier`),
 * and call until then.
 */
const defaultDrainMs = 6_000
/** Consumers hear of it at once, but not in no time. */
const leastDrainMs = 1_000
const registerWithinMs = 20_000
const lookAgainMs = 50
const finishWithinMs = 10_000

export function createProvider(options: ProviderOptions): ProviderBuilder {
  const tripleServices: TripleService[] = []
  const plainServices: PlainService[] = []
  const builder: ProviderBuilder = {
    triple: (definition, implementation, { group = '', version = '' } = {}) => {
      tripleServices.push(tripleService(definition, implementation, { group, version }))
      return builder
    },
    plain: (declared, implementation, { group = '', version = '' } = {}) => {
      plainServices.push(plainService(declared, implementation, { group, version }))
      return builder
    },
    start: () => startProvider(options, tripleServices, plainServices),
  }
  return builder
}

interface Served extends RegisteredService {
  readonly listener: Listener
}

async function startProvider(options: ProviderOptions, tripleServices: readonly TripleService[], plainServices: readonly PlainService[]): Promise<Provider> {
  const {
    application,
    registry,
    clock,
    triplePort = 50_051,
    classicPort = 20_880,
    listenOn = '0.0.0.0',
    host = ownAddress(),
    maxCalls = 1_000,
    maxMessageBytes = defaultMaxMessageBytes,
    weight,
    warmupMs,
    onError = () => {},
  } = options
  const traffic = createTraffic(maxCalls, onError)
  const startedAt = clock.now()
  const common = {
    ...(weight === undefined ? {} : { weight: String(weight) }),
    ...(warmupMs === undefined ? {} : { warmup: String(warmupMs) }),
  }
  const served: Served[] = []

  if (tripleServices.length > 0) {
    const listener = await startTripleServer({ services: tripleServices, clock, traffic, maxMessageBytes, port: triplePort, listenOn })
    for (const { key, methods } of tripleServices) served.push({ protocol: 'tri', key, methods: methods.map(({ name }) => name), parameters: common, listener })
  }
  if (plainServices.length > 0) {
    const serialization = { serialization: 'hessian2', 'prefer.serialization': 'hessian2' }
    try {
      const listener = await startClassicServer({ services: plainServices, clock, traffic, port: classicPort, listenOn })
      for (const { key, methods } of plainServices)
        served.push({ protocol: 'dubbo', key, methods: [...methods.keys()], parameters: { ...common, ...serialization }, listener })
    } catch (error) {
      await Promise.all(listenersOf(served).map((each) => each.close(0)))
      throw error
    }
  }

  const listeners = listenersOf(served)
  const endpoints = served
    .map(({ protocol, listener }) => ({ protocol, port: listener.port }))
    .filter(({ port }, index, all) => all.findIndex((other) => other.port === port) === index)
  let registered: Registered | undefined
  const closing = Promise.withResolvers<undefined>()
  let isClosing = false
  /** One change of the registration after the other: an operator's `online` may meet a `close`. */
  let lastChange: Promise<void> = Promise.resolve()
  const connections = () => listeners.reduce((sum, { connectionCount }) => sum + connectionCount, 0)

  function inTurn(change: () => Promise<void>): Promise<void> {
    const changed = lastChange.then(change)
    lastChange = changed.catch(() => {})
    return changed
  }

  const online = () =>
    inTurn(async () => {
      if (registered !== undefined) return
      if (isClosing) throw new Error(`${application} is closing`)
      const registering = registry.register({ application, host, endpoints, services: served, startedAt })
      registered = await Promise.race([registering, closing.promise])
      if (registered !== undefined) return
      // Nobody waits for a registry that is away, and nobody is to find what it lets in later.
      void registering.then((late) => late.withdraw()).catch(() => {})
      throw new Error(`${application} is closing`)
    })

  const offline = () =>
    inTurn(async () => {
      const leaving = registered
      registered = undefined
      await leaving?.withdraw()
      for (const listener of listeners) listener.sayLeaving()
    })

  const sayClosing = (): void => {
    isClosing = true
    closing.resolve(undefined)
  }

  try {
    const isInTime = await inTime(clock, registerWithinMs, online())
    if (!isInTime) throw new Error(`${application} could not be registered within ${registerWithinMs} ms: is the registry up? Nothing is left running here.`)
  } catch (error) {
    sayClosing()
    await Promise.all(listeners.map((listener) => listener.close(0)))
    throw error
  }
  return {
    services: served.map(({ key, protocol, methods, listener }) => ({ name: serviceName(key), protocol, port: listener.port, methods })),
    get isOnline() {
      return registered !== undefined
    },
    get connectionCount() {
      return connections()
    },
    get callsUnderWay() {
      return traffic.callsUnderWay
    },
    online,
    offline,
    close: async (drainMs = defaultDrainMs) => {
      sayClosing()
      await offline()
      const until = clock.now() + drainMs
      await clock.sleep(Math.min(leastDrainMs, drainMs))
      while (connections() > 0 && clock.now() < until) await clock.sleep(lookAgainMs)
      await Promise.all(listeners.map((listener) => listener.close(finishWithinMs)))
    },
  }
}

function listenersOf(served: readonly Served[]): Listener[] {
  return [...new Set(served.map(({ listener }) => listener))]
}

/** The machine's first address that others can reach, as Java chooses it. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}
