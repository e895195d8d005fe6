/**
 * What Hessian 2 can carry, as TypeScript sees it. A number that is a whole one is written as `int` or, beyond 32 bits,
 * as `long`; any other as `double`. A bigint is always written as `long`, a `JavaDouble` always as `double`. On the way
 * back a `long` is a number while that is exact, else a bigint. Maps whose keys are all strings come back as objects.
 */
export type HessianValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Date
  | JavaDouble
  | JavaObject
  | readonly HessianValue[]
  | ReadonlyMap<HessianValue, HessianValue>
  | { readonly [key: string]: HessianValue }

/** A number that Java shall see as a `Double` though it is a whole one. Decoding gives a plain number. */
export class JavaDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** An object of a Java class: a bean, an exception, an enum (field `name`), a BigDecimal (field `value`). */
export class JavaObject {
  readonly className: string
  readonly fields: { readonly [name: string]: HessianValue }

  constructor(className: string, fields: { readonly [name: string]: HessianValue }) {
    this.className = className
    this.fields = fields
  }
}

/** Bytes that are no Hessian 2, that exceed a limit, or a value that Hessian 2 cannot carry. */
export class HessianError extends Error {
  override readonly name = 'HessianError'
}

/** What a decoder puts up with, and an encoder produces. */
export interface HessianLimits {
  /** Lists, maps and objects within each other. */
  readonly maxDepth: number
  /** Values of one body, of any kind: an empty list takes one byte on the wire and sixteen or more in memory. */
  readonly maxValues: number
}

export const defaultLimits: HessianLimits = { maxDepth: 100, maxValues: 1_000_000 }
