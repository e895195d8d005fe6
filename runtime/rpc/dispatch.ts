import type { Clock } from '../time/index.ts'
import { encoderOf } from './encoder.ts'
import type { CallContext, Codec, Implementation, MethodDefinition, Reply, ServiceDefinition } from './port.ts'

/** A call as every engine carries it: bytes and names, nothing by reference. */
export interface WireCall {
  /** `package.Service/Method`, with `@instance` where there is one. */
  readonly method: string
  readonly deadlineAt: number
  readonly traceparent: string
  readonly body: Uint8Array
}

export type WireReply = { readonly kind: 'answered'; readonly body: Uint8Array } | Exclude<Reply<never>, { readonly kind: 'answered' }>

export interface DispatcherOptions {
  readonly clock: Clock
  /** Calls under way at once; more are answered `not_processed`, because `overloaded`. */
  readonly maxCalls: number
  /** Told of a handler that threw: a bug, or a store that does not answer. */
  readonly onError: (method: string, error: unknown) => void
  /** Awaited before an answer leaves: what it tells must be true after a crash of this process, too. */
  readonly beforeAnswer?: () => Promise<void>
}

/** The serving half of every engine: finds the method, decodes, calls, encodes. */
export interface Dispatcher {
  provide<Service extends ServiceDefinition>(service: Service, implementation: Implementation<Service>, instance?: string): void
  /** Never rejects. */
  dispatch(call: WireCall): Promise<WireReply>
}

type Handler = (body: Uint8Array, context: CallContext) => Promise<Uint8Array>

export function methodName(service: ServiceDefinition, method: MethodDefinition, instance: string | undefined): string {
  return `${service.fullName}/${method.name}${instance === undefined ? '' : `@${instance}`}`
}

export function createDispatcher({ clock, maxCalls, onError, beforeAnswer }: DispatcherOptions): Dispatcher {
  const handlers = new Map<string, Handler>()
  let underWay = 0

  return {
    provide: (service, implementation, instance) => {
      for (const [key, method] of Object.entries(service.methods)) {
        const handle = implementation[key] as (request: unknown, context: CallContext) => Promise<never>
        const encode = encoderOf(method.responseType as Codec<never>)
        handlers.set(methodName(service, method, instance), async (body, context) => encode(await handle(method.requestType.decode(body), context)))
      }
    },
    dispatch: async ({ method, deadlineAt, traceparent, body }) => {
      const handler = handlers.get(method)
      if (handler === undefined) return { kind: 'not_processed', because: 'unreachable' }
      if (underWay >= maxCalls) return { kind: 'not_processed', because: 'overloaded' }
      if (clock.now() >= deadlineAt) return { kind: 'not_processed', because: 'deadline' }
      underWay++
      try {
        const answer = await handler(body, { deadlineAt, traceparent: traceparent === '' ? undefined : traceparent })
        if (beforeAnswer !== undefined) await beforeAnswer()
        return { kind: 'answered', body: answer }
      } catch (error) {
        onError(method, error)
        return { kind: 'unknown', because: 'failed' }
      } finally {
        underWay--
      }
    },
  }
}
