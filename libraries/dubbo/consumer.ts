import { inTime, type Clock, type Random } from '@suanpan/runtime/time'
import { createBalancer, type LoadBalance } from './balancing/balancers.ts'
import type { CallOptions, Reply } from './call.ts'
import { openClassicLink, type ClassicRequest } from './classic/link.ts'
import { accepts, descriptorOf, writeArguments, type ArgumentsOf, type PlainInterface, type PlainMethod, type ResultOf } from './classic/plain-interface.ts'
import { createDirectory, type Directory } from './directory.ts'
import { callWithFailover } from './failover.ts'
import type { HessianValue } from './hessian/index.ts'
import type { Link } from './link.ts'
import { shareLinks } from './link-pool.ts'
import type { Registry } from './registry/port.ts'
import { serviceName, type Protocol, type ProviderUrl, type ServiceKey } from './registry/url.ts'
import { isIdempotent, refuseStreams, type Codec, type RequestOf, type ResponseOf, type TripleDefinition, type TripleMethod } from './triple/definition.ts'
import { defaultMaxMessageBytes } from './triple/headers.ts'
import { openTripleLink, type TripleRequest } from './triple/link.ts'

export interface ConsumerOptions {
  /** This program's name; providers can see it. */
  readonly application: string
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  /** Of one call or answer over Triple: 8 MiB by default, which is what Java takes. */
  readonly maxMessageBytes?: number
}

export interface ReferenceOptions {
  readonly group?: string
  readonly version?: string
  /** For one attempt; 1,000 by default, as in Java. */
  readonly timeoutMs?: number
  /** 3 by default: Java's "retries=2". What may be tried again at all is decided by the call's fate. */
  readonly maxAttempts?: number
  /** `random` by default, as in Java. */
  readonly loadBalance?: LoadBalance
}

/** One method of a service, wherever it is provided. */
export type TripleCall<Method extends TripleMethod> = (request: RequestOf<Method>, options?: CallOptions) => Promise<Reply<ResponseOf<Method>>>
export type PlainCall<Method extends PlainMethod> = (given: ArgumentsOf<Method>, options?: CallOptions) => Promise<Reply<ResultOf<Method>>>

/** Calls to a service by name. Calls never reject; a TypeError or HessianError tells of a request that cannot be sent. */
export interface Reference<Calls> {
  readonly calls: Calls
  /** Resolves when the registry has told who provides it, be it nobody. Calls wait for that by themselves. */
  readonly ready: Promise<void>
  /** Providers known now. */
  readonly providerCount: number
}

export interface Consumer {
  triple<Service extends TripleDefinition>(
    definition: Service,
    options?: ReferenceOptions,
  ): Reference<{ readonly [Method in keyof Service['methods']]: TripleCall<Service['methods'][Method]> }>
  plain<Interface extends PlainInterface>(
    declared: Interface,
    options?: ReferenceOptions,
  ): Reference<{ readonly [Method in keyof Interface['methods']]: PlainCall<Interface['methods'][Method]> }>
  /** No more calls; the registry is the caller's own to close. */
  close(): void
}

const defaultTimeoutMs = 1_000
const defaultAttempts = 3

/** Finds providers in a registry and calls them. */
export function createConsumer({ application, registry, clock, random, maxMessageBytes = defaultMaxMessageBytes }: ConsumerOptions): Consumer {
  const closing: (() => void)[] = []
  const openTriple = shareLinks<TripleRequest, Buffer>(({ host, port }) => openTripleLink({ host, port, clock, maxMessageBytes }))
  const openClassic = shareLinks<ClassicRequest, HessianValue>(({ host, port }) => openClassicLink({ host, port, clock }))

  /** A service over one protocol: its providers, and how to reach one of them with a request. */
  function refer<Request, Value>(key: ServiceKey, protocol: Protocol, options: ReferenceOptions, open: (url: ProviderUrl) => Link<Request, Value>) {
    const { timeoutMs = defaultTimeoutMs, maxAttempts = defaultAttempts, loadBalance = 'random' } = options
    const directory: Directory<Request, Value> = createDirectory(clock, open)
    const balancer = createBalancer(loadBalance, random)
    const { ready, close } = registry.subscribe(key, protocol, directory.update)
    closing.push(close, directory.close)
    let isReady = false
    void ready.then(() => {
      isReady = true
    })

    async function call(
      request: Request,
      mayRepeat: boolean,
      { deadlineAt = clock.now() + timeoutMs * maxAttempts, attachments = {} }: CallOptions,
    ): Promise<Reply<Value>> {
      if (!isReady) await inTime(clock, deadlineAt - clock.now(), ready)
      return callWithFailover({
        request,
        attachments,
        deadlineAt,
        timeoutMs,
        maxAttempts,
        isIdempotent: mayRepeat,
        candidates: directory.usable,
        balancer,
        clock,
      })
    }

    return { call, ready, directory }
  }

  return {
    triple: (definition, options = {}) => {
      refuseStreams(definition)
      const { group = '', version = '' } = options
      const key = { interface: definition.fullName, group, version }
      const { call, ready, directory } = refer(key, 'tri', options, openTriple)
      const calls = Object.entries(definition.methods).map(([name, method]) => {
        const requestType = method.requestType as Codec<unknown>
        const path = `/${definition.fullName}/${method.name}`
        const one = async (request: unknown, callOptions: CallOptions = {}): Promise<Reply<unknown>> => {
          const body = requestType.encode(request).finish()
          return decoded(await call({ path, group, version, caller: application, body }, isIdempotent(method), callOptions), (bytes) =>
            method.responseType.decode(bytes),
          )
        }
        return [name, one]
      })
      return reference(calls, ready, directory)
    },
    plain: (declared, options = {}) => {
      const { group = '', version = '' } = options
      const key = { interface: declared.name, group, version }
      const { call, ready, directory } = refer(key, 'dubbo', options, openClassic)
      const calls = Object.entries(declared.methods).map(([name, method]) => {
        const head = { path: declared.name, version: version === '' ? '0.0.0' : version, method: name, descriptor: descriptorOf(method) }
        const own = { 'remote.application': application, ...(group === '' ? {} : { group }) }
        const one = async (given: readonly HessianValue[], { attachments = {}, ...rest }: CallOptions = {}): Promise<Reply<unknown>> => {
          const request: ClassicRequest = { ...head, write: (encoder) => writeArguments(encoder, method, given) }
          const reply = await call(request, method.idempotent === true, { ...rest, attachments: { ...attachments, ...own } })
          return decoded(reply, (value) => (accepts(method.result, value) ? value : refuseResult(serviceName(key), name, method)))
        }
        return [name, one]
      })
      return reference(calls, ready, directory)
    },
    close: () => {
      for (const close of closing) close()
    },
  }
}

/** The calls' types are those of the definition, which the compiler cannot follow through `Object.entries`. */
function reference<Calls>(calls: readonly (readonly unknown[])[], ready: Promise<void>, directory: { readonly size: number }): Reference<Calls> {
  return {
    calls: Object.fromEntries(calls) as Calls,
    ready,
    get providerCount() {
      return directory.size
    },
  }
}

function refuseResult(service: string, name: string, { result }: PlainMethod): never {
  throw new TypeError(`${service}.${name} answered with something that is no ${result}`)
}

/** An answer that cannot be read is the provider's error: it did answer. */
function decoded<Value>(reply: Reply<Value>, read: (value: Value) => unknown): Reply<unknown> {
  if (reply.kind !== 'answered') return reply
  try {
    return { ...reply, value: read(reply.value) }
  } catch (error) {
    return { kind: 'failed', error: { name: 'unreadable_answer', message: error instanceof Error ? error.message : '' }, attachments: reply.attachments }
  }
}
