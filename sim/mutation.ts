/** A guard of the real code, and how it looks when it is taken away. */
export interface Mutation {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** What is found wrong. Absent: anything but messages that are never handled, which any exception would lead to. */
  readonly noticedAs?: RegExp
  /** A seed that noticed it once, tried first: only so that the check is quick. */
  readonly firstSeed?: number
}
