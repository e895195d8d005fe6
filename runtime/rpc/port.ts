/** A message that was written, and what wrote it. */
export interface Written {
  /** The bytes, in memory of their own; what wrote them is empty again. */
  finish(): Uint8Array
}

/** How a message type is written and read: what ts-proto generates for each. */
export interface Codec<Message> {
  /** `writer`: what wrote another message of this codec. */
  encode(message: Message, writer?: Written): Written
  decode(bytes: Uint8Array): Message
}

/** A codec of which only its existence is known: method definitions hold one for each direction. */
export interface AnyCodec {
  encode(message: never): Written
  decode(bytes: Uint8Array): unknown
}

export interface MethodDefinition {
  readonly name: string
  readonly requestType: AnyCodec
  readonly responseType: AnyCodec
}

/** A service as ts-proto's generic definitions describe it. */
export interface ServiceDefinition {
  readonly fullName: string
  readonly methods: { readonly [method: string]: MethodDefinition }
}

type RequestOf<Method extends MethodDefinition> = ReturnType<Method['requestType']['decode']>
type ResponseOf<Method extends MethodDefinition> = ReturnType<Method['responseType']['decode']>

export interface CallOptions {
  /** Epoch milliseconds: after this the caller no longer waits, and a server need not begin. */
  readonly deadlineAt: number
  /** W3C trace context. */
  readonly traceparent?: string
}

/**
 * What a caller learns. `unknown` is an outcome of its own: the call may or may not have had its effect (deadline passed,
 * connection lost, handler crashed). `not_processed` is certain: it never began, so it may be tried elsewhere.
 */
export type Reply<Response> =
  | { readonly kind: 'answered'; readonly response: Response }
  | { readonly kind: 'unknown'; readonly because: 'deadline' | 'connection' | 'failed' }
  | { readonly kind: 'not_processed'; readonly because: 'unreachable' | 'overloaded' | 'deadline' }

/** Calls to one service; the caller cannot tell whether it lives in this thread, another thread or another process. */
export type Client<Service extends ServiceDefinition> = {
  readonly [Method in keyof Service['methods']]: (
    request: RequestOf<Service['methods'][Method]>,
    options: CallOptions,
  ) => Promise<Reply<ResponseOf<Service['methods'][Method]>>>
}

export interface CallContext {
  readonly deadlineAt: number
  readonly traceparent: string | undefined
}

/** What a service implements. A rejected promise reaches the caller as `unknown`, because `failed`. */
export type Implementation<Service extends ServiceDefinition> = {
  readonly [Method in keyof Service['methods']]: (
    request: RequestOf<Service['methods'][Method]>,
    context: CallContext,
  ) => Promise<ResponseOf<Service['methods'][Method]>>
}

/**
 * Carries calls. `instance` tells several providers of one definition apart (every service implements the audit
 * service under its own name); it defaults to none.
 */
export interface Rpc {
  provide<Service extends ServiceDefinition>(service: Service, implementation: Implementation<Service>, instance?: string): void
  client<Service extends ServiceDefinition>(service: Service, instance?: string): Client<Service>
}
