import type { status } from '@grpc/grpc-js'

/**
 * Texts that travel beside a call or its answer. Over Triple they are headers: keys of letters, digits, `-`, `_` and
 * `.`, values of printable ASCII, 8 KiB in all.
 */
export type Attachments = { readonly [key: string]: string }

/** What a handler knows of the call beside its request. */
export interface CallContext {
  /** Epoch milliseconds: the caller no longer waits then. Infinity where it did not say. */
  readonly deadlineAt: number
  readonly attachments: Attachments
  /** The calling program's name, if it gave one. */
  readonly caller: string | undefined
  /** Sends a text along with the answer. */
  attach(key: string, value: string): void
}

/**
 * What a caller learns. `failed`: the provider answered with an error of its own. `unknown`: nobody can tell whether the
 * call had its effect. `not_processed` is certain: no provider has begun it.
 */
export type Reply<Value> =
  | { readonly kind: 'answered'; readonly value: Value; readonly attachments: Attachments }
  | { readonly kind: 'failed'; readonly error: CallError; readonly attachments: Attachments }
  | { readonly kind: 'unknown'; readonly because: 'deadline' | 'connection' }
  | { readonly kind: 'not_processed'; readonly because: 'no_provider' | 'unreachable' | 'overloaded' | 'leaving' | 'deadline' }

export interface CallError {
  /** A gRPC status such as `INVALID_ARGUMENT` over Triple, a Java class such as `java.lang.RuntimeException` over `dubbo://`. */
  readonly name: string
  readonly message: string
}

export type StatusName = Exclude<keyof typeof status, 'OK'>

/**
 * What a handler throws to tell its caller something; any other error is a bug, and the caller learns no more than that.
 * One handler may serve both protocols: `status` is for Triple, `javaClass` for `dubbo://`. Java consumers can only
 * receive exceptions of Java's own or of the interface's package.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly status: StatusName
  readonly javaClass: string

  constructor(
    message: string,
    { status: code = 'UNKNOWN', javaClass = 'java.lang.RuntimeException' }: { readonly status?: StatusName; readonly javaClass?: string } = {},
  ) {
    super(message)
    this.status = code
    this.javaClass = javaClass
  }
}

/**
 * What a handler throws that has done nothing and will not: the consumer learns `not_processed`, because `overloaded`, and
 * asks somebody else.
 */
export class NotBegun extends Error {
  override readonly name = 'NotBegun'
}

export interface CallOptions {
  /** Epoch milliseconds: after this the caller no longer waits. By default as long as the reference's attempts may take. */
  readonly deadlineAt?: number
  readonly attachments?: Attachments
}
