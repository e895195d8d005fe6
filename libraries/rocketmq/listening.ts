import { longestDelayMs } from '@suanpan/runtime/time'
import { FilterExpression } from 'rocketmq-client-nodejs'
import { FilterType } from './client/protocol.ts'
import { checkName } from './destination.ts'
import type { Received } from './message.ts'

/** `dead_letter`: it would fail each time; kept for people at once. A throw is a `retry` that is logged. */
export type Verdict = 'done' | 'retry' | 'dead_letter'

export interface ListenOptions {
  readonly topic: string
  /** Each group gets every message of the topic, once among all its listeners; it has to exist. One group listens to one topic. */
  readonly group: string
  /** Only messages with one of these tags, or those for which the SQL expression over their properties holds. All, if absent. */
  readonly filter?: { readonly tags: readonly string[] } | { readonly sql: string }
  /**
   * The group is an ordered one: messages of one order come one after the other, and one that fails holds up those behind
   * it. It is the broker's group that decides; if it is not what this says, the listener refuses to start.
   */
  readonly ordered?: boolean
  /**
   * After messages came, the next ones are asked for this many milliseconds later, and come together, in one answer of the
   * proxy: for those whose effects nobody waits for. Whoever comes after a longer silence waits for nothing. 0 by default,
   * ten seconds at most.
   */
  readonly collectMs?: number
  /** Messages handled at the same time; 20 by default. */
  readonly concurrency?: number
  /**
   * Milliseconds before each further delivery of a message that failed; as many as there are tries left after the first.
   * Then it becomes a dead letter. The broker adds some two seconds, except in an ordered group, and buries a message by
   * itself after as many retries as its group allows. By default what the broker's classic clients do: 16 retries, from 10 s to 2 h.
   */
  readonly retryDelaysMs?: readonly number[]
  /** A handler that takes longer has failed, though nobody can stop it; 15 minutes by default, 24 days at most. */
  readonly handleWithinMs?: number
  readonly handle: (message: Received) => Promise<Verdict>
}

/** The client takes a queue that was not asked for about a minute for lost. */
const longestCollectMs = 10_000

const secondMs = 1_000
const minuteMs = 60_000

/** `messageDelayLevel` of the broker, from its third level on. */
const classicDelaysMs = [
  ...[10, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 60, 120].map((minutes) => minutes * minuteMs),
]

export type Listening = Required<Omit<ListenOptions, 'filter'>> & { readonly filter: FilterExpression }

/** The options with what is left out filled in; throws a `TypeError` about what cannot be. */
export function listening(options: ListenOptions): Listening {
  checkName('topic', options.topic)
  checkName('group', options.group)
  const concurrency = options.concurrency ?? 20
  if (!Number.isInteger(concurrency) || concurrency < 1) throw new TypeError(`the concurrency must be a whole number from 1 on, not ${concurrency}`)
  const collectMs = options.collectMs ?? 0
  if (!Number.isInteger(collectMs) || collectMs < 0 || collectMs > longestCollectMs)
    throw new TypeError(`collectMs must be a whole number from 0 to ${longestCollectMs}, not ${collectMs}`)
  const handleWithinMs = options.handleWithinMs ?? 15 * minuteMs
  if (!(handleWithinMs > 0 && handleWithinMs <= longestDelayMs))
    throw new TypeError(`handleWithinMs must be from 1 to ${longestDelayMs}, not ${handleWithinMs}`)
  const retryDelaysMs = options.retryDelaysMs ?? classicDelaysMs
  if (retryDelaysMs.some((delayMs) => !Number.isInteger(delayMs) || delayMs < 0)) throw new TypeError('retry delays are whole milliseconds')
  return {
    ...options,
    collectMs,
    concurrency,
    retryDelaysMs,
    ordered: options.ordered ?? false,
    handleWithinMs,
    filter: filterOf(options.filter),
  }
}

function filterOf(filter: ListenOptions['filter']): FilterExpression {
  if (filter === undefined) return FilterExpression.SUB_ALL
  if ('sql' in filter) return new FilterExpression(filter.sql, FilterType.SQL)
  if (filter.tags.length === 0 || filter.tags.some((tag) => !/^[^\s|*]+$/.test(tag)))
    throw new TypeError('a filter by tags names at least one, each a single word')
  return new FilterExpression(filter.tags.join('||'))
}
