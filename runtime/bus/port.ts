import type { Store, Transaction } from '../store/index.ts'

/** A message as its publisher knows it before the transaction starts. */
export interface OutgoingMessage {
  /**
   * The key, a colon, and what happened: `ord_1:paid`. Unique, also over retries of the same command: a second message
   * with this id is not published.
   */
  readonly id: string
  readonly topic: string
  /** What it is about, an order id: shown in timelines. */
  readonly key: string
  readonly body: Uint8Array
  readonly at: number
  readonly traceparent: string
  /** Not delivered before this time (epoch ms); absent: at once. */
  readonly notBeforeAt?: number
}

export interface DeliveredMessage extends OutgoingMessage {
  /** 1 for the first delivery to this group. */
  readonly attempt: number
}

/** A handler's answer for one message. `retry` backs off and comes again; after the last try it becomes a dead letter. */
export type Verdict = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly because: string } | { readonly kind: 'poison'; readonly because: string }

export interface Subscription {
  /** Each group gets every message of its topics once, at least. */
  readonly group: string
  readonly topics: readonly string[]
  /** Whose commits publish these topics: the publishing service's store name. */
  readonly publisher: string
  /** At most this many messages in one call of the handler. */
  readonly maxBatch: number
  /**
   * Batch-first. One verdict a message, in order. A rejected promise counts as `retry` for all of them.
   * Effects must be deduplicated by business key in the handler's own transaction: delivery is at least once.
   */
  handle(messages: readonly DeliveredMessage[]): Promise<readonly Verdict[]>
}

export interface DeadLetter {
  readonly id: string
  readonly group: string
  readonly topic: string
  readonly key: string
  readonly attempts: number
  readonly because: string
  readonly diedAt: number
}

/** What happened to the messages about one key, for timelines. */
export interface MessageTrace {
  readonly messageId: string
  readonly topic: string
  readonly publishedAt: number
  readonly deliveries: readonly {
    readonly group: string
    readonly state: 'waiting' | 'delivered' | 'retrying' | 'dead'
    readonly attempts: number
    readonly nextAttemptAt?: number
    readonly because?: string
  }[]
}

/** What became of a batch inside its transaction: its result, and the messages that its members earned. */
export interface Published<Result> {
  readonly result: Result
  /**
   * Those of the announced messages whose members were accepted, themselves and not their like: another member may have
   * announced something else under the same id. All other messages of the batch are not delivered.
   */
  readonly accepted: readonly OutgoingMessage[]
}

export interface Bus {
  /**
   * Delivers messages if and only if `work` commits and accepts them. What they say is known beforehand, so that an
   * engine may announce them to a broker first (half message) and let the commit decide.
   */
  publishIff<Result>(store: Store, messages: readonly OutgoingMessage[], work: (tx: Transaction) => Promise<Published<Result>>): Promise<Result>
  /** Before `start`. */
  subscribe(subscription: Subscription): void
  start(): Promise<void>
  /** Lets running handlers finish; delivers nothing more. */
  stop(): Promise<void>
  /** Messages published and not yet handled by this group: how long its queue is. */
  backlog(group: string): Promise<number>
  deadLetters(page: { readonly limit: number; readonly after: string }): Promise<readonly DeadLetter[]>
  /** Puts a dead letter back into its group's queue. False: there is no such dead letter. */
  replay(deadLetterId: string): Promise<boolean>
  trace(key: string): Promise<readonly MessageTrace[]>
}
