import { NotBegun, ServiceError, type Reply, type TripleDefinition, type TripleImplementation } from '@suanpan/dubbo'
import { methodName, type ServiceDefinition, type WireCall, type WireReply } from '@suanpan/runtime/rpc'

/** The port writes and reads messages itself: Triple carries their bytes. */
const bytes = {
  encode: (body: Uint8Array) => ({ finish: () => body }),
  decode: (body: Uint8Array) => body,
}

interface CarriedMethod {
  readonly name: string
  readonly requestType: typeof bytes
  readonly requestStream: false
  readonly responseType: typeof bytes
  readonly responseStream: false
  /** Nothing is declared idempotent: the port leaves it to its callers to try a call of unknown fate again. */
  readonly options: { readonly idempotencyLevel?: never }
}

/** A service as Triple carries it; its methods are named as the port names them. */
export interface CarriedService extends TripleDefinition {
  readonly methods: { readonly [methodName: string]: CarriedMethod }
}

export function carried(service: ServiceDefinition, instance: string | undefined): CarriedService {
  const methods = Object.values(service.methods).map((method): [string, CarriedMethod] => [
    methodName(service, method, instance),
    { name: method.name, requestType: bytes, requestStream: false, responseType: bytes, responseStream: false, options: {} },
  ])
  return { fullName: service.fullName, methods: Object.fromEntries(methods) }
}

/** The attachment that carries W3C trace context, under its usual name: what else speaks gRPC knows it, too. */
export const traceparentKey = 'traceparent'

/** What Triple serves for a service: the port's own dispatcher. */
export function serving({ methods }: CarriedService, dispatch: (call: WireCall) => Promise<WireReply>): TripleImplementation<CarriedService> {
  const handlers = Object.keys(methods).map((method) => [
    method,
    async (body: Uint8Array, { deadlineAt, attachments }: { readonly deadlineAt: number; readonly attachments: { readonly [key: string]: string } }) =>
      bodyOf(await dispatch({ method, deadlineAt, traceparent: attachments[traceparentKey] ?? '', body })),
  ])
  return Object.fromEntries(handlers) as TripleImplementation<CarriedService>
}

function bodyOf(reply: WireReply): Uint8Array {
  switch (reply.kind) {
    case 'answered':
      return reply.body
    case 'not_processed':
      throw new NotBegun(`not begun: ${reply.because}`)
    case 'unknown':
      throw new ServiceError('the provider failed; its log has the reason', { status: 'INTERNAL' })
  }
}

/** What the port says to what a caller over Triple learns. */
export function wireReplyOf(reply: Reply<Uint8Array>): WireReply {
  switch (reply.kind) {
    case 'answered':
      return { kind: 'answered', body: reply.value }
    case 'failed':
      // An older process does not have a method that was added since: surely it has done nothing. What grpc-js says in this
      // name of an answer that it cannot read is INTERNAL by now.
      return reply.error.name === 'UNIMPLEMENTED' ? { kind: 'not_processed', because: 'unreachable' } : { kind: 'unknown', because: 'failed' }
    case 'unknown':
      return reply
    case 'not_processed':
      return { kind: 'not_processed', because: reply.because === 'overloaded' || reply.because === 'deadline' ? reply.because : 'unreachable' }
  }
}
