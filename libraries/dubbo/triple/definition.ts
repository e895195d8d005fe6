import type { CallContext } from '../call.ts'
import type { ServiceKey } from '../registry/url.ts'

/** How a message type is written and read: what ts-proto generates for each. */
export interface Codec<Message> {
  encode(message: Message): { finish(): Uint8Array }
  decode(bytes: Uint8Array): Message
}

/** A codec of which only its existence is known: method definitions hold one for each direction. */
interface AnyCodec {
  encode(message: never): { finish(): Uint8Array }
  decode(bytes: Uint8Array): unknown
}

export interface TripleMethod {
  /** As in the .proto file. */
  readonly name: string
  readonly requestType: AnyCodec
  readonly requestStream: boolean
  readonly responseType: AnyCodec
  readonly responseStream: boolean
  readonly options: { readonly idempotencyLevel?: string }
}

/** A service as ts-proto's generic definitions describe it (`outputServices=generic-definitions`). */
export interface TripleDefinition {
  /** With its package. */
  readonly fullName: string
  readonly methods: { readonly [method: string]: TripleMethod }
}

export type RequestOf<Method extends TripleMethod> = ReturnType<Method['requestType']['decode']>
export type ResponseOf<Method extends TripleMethod> = ReturnType<Method['responseType']['decode']>

export type TripleImplementation<Service extends TripleDefinition> = {
  readonly [Method in keyof Service['methods']]: (
    request: RequestOf<Service['methods'][Method]>,
    context: CallContext,
  ) => Promise<ResponseOf<Service['methods'][Method]>> | ResponseOf<Service['methods'][Method]>
}

/** `option idempotency_level` of the .proto file: such a call may be tried again when its fate is unknown. */
export function isIdempotent({ options }: TripleMethod): boolean {
  return options.idempotencyLevel === 'IDEMPOTENT' || options.idempotencyLevel === 'NO_SIDE_EFFECTS'
}

/** Streams are not carried: a definition that has some is refused when it is given, not when it is called. */
export function refuseStreams({ fullName, methods }: TripleDefinition): void {
  const streams = Object.values(methods).filter(({ requestStream, responseStream }) => requestStream || responseStream)
  if (streams.length > 0) throw new Error(`${fullName} has streams (${streams.map(({ name }) => name).join(', ')}), which are not supported`)
}

export interface ProvidedTripleMethod {
  readonly name: string
  /** Throws what the codecs throw, and what the handler throws. */
  readonly handle: (body: Uint8Array, context: CallContext) => Promise<Uint8Array>
}

/** An implementation as the server needs it. */
export interface TripleService {
  readonly key: ServiceKey
  readonly methods: readonly ProvidedTripleMethod[]
}

/** A request that is not what its message type says. */
export class UnreadableRequest extends Error {
  override readonly name = 'UnreadableRequest'
}

export function tripleService<Service extends TripleDefinition>(
  definition: Service,
  implementation: TripleImplementation<Service>,
  { group, version }: { readonly group: string; readonly version: string },
): TripleService {
  refuseStreams(definition)
  const methods = Object.entries(definition.methods).map(([key, method]): ProvidedTripleMethod => {
    const handler = implementation[key] as (request: unknown, context: CallContext) => unknown
    const responseType = method.responseType as Codec<unknown>
    return { name: method.name, handle: async (body, context) => responseType.encode(await handler(read(method, body), context)).finish() }
  })
  return { key: { interface: definition.fullName, group, version }, methods }
}

function read({ requestType }: TripleMethod, body: Uint8Array): unknown {
  try {
    return requestType.decode(body)
  } catch (error) {
    throw new UnreadableRequest('the request is not what its message type says', { cause: error })
  }
}
