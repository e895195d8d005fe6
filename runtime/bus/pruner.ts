import type { Store } from '../store/index.ts'
import { repeat, type Repetition } from '../time/index.ts'
import type { ReadingOptions } from './consumer.ts'
import type { Subscription } from './port.ts'
import { cursorIdOf, cursors } from './tables.ts'

export interface PrunerOptions extends Pick<ReadingOptions, 'clock' | 'onError'> {
  readonly stores: readonly Store[]
  readonly retainMs: number
}

/** What is read of a message. */
interface MessagePlace {
  readonly sequence: number
  readonly topic: string
  readonly at: number
}

const everyMs = 60_000

/** Rows looked at together, and deleted in one transaction: few, so that nobody waits for it. */
const pageSize = 1_000

const readPage = 'SELECT sequence, topic, at FROM bus_message WHERE sequence > $1 ORDER BY sequence LIMIT $2'

/** The topic stands in an expression, so that SQLite walks this page and not, by its index, all of the topic. */
const removeOfPage =
  "DELETE FROM bus_message WHERE sequence > $1 AND sequence <= $2 AND at < $3 AND topic || '' = $4 " +
  'AND (transaction_id, sequence) <= ($5, $6) ' +
  'AND sequence < (SELECT MAX(sequence) FROM bus_message) AND message_id NOT IN (SELECT message_id FROM bus_retry) ' +
  'AND message_id NOT IN (SELECT message_id FROM bus_dead)'

/**
 * Removes messages that every group has passed and that are older than the retention. The newest row of a store stays,
 * because the embedded engine counts its sequence on from it.
 *
 * Messages stand about in the order of their time: a page without an old one ends the walk, however many young ones follow.
 */
export function createPruner({ stores, clock, retainMs, onError }: PrunerOptions, subscriptions: readonly Subscription[]): Repetition {
  /** The place that every group of a topic has passed; undefined while a group has yet to begin. */
  async function passedByAll(store: Store, topic: string): Promise<readonly [transactionId: number, sequence: number] | undefined> {
    const cursorIds = subscriptions.filter((known) => known.topics.includes(topic)).map(({ group }) => cursorIdOf(group, topic))
    const rows = await store.read.get(cursors, cursorIds)
    if (cursorIds.some((id) => !rows.has(id))) return undefined
    const places = [...rows.values()].map(({ transactionId, sequence }) => [transactionId, sequence] as const)
    return places.sort((one, other) => one[0] - other[0] || one[1] - other[1])[0] ?? [Number.MAX_SAFE_INTEGER, 0]
  }

  async function pruneStore(store: Store, isStopping: () => boolean): Promise<void> {
    const before = clock.now() - retainMs
    for (let first = 0; !isStopping();) {
      const page = (await store.read.query(readPage, [first, pageSize])).map(({ sequence, topic, at }) => ({ sequence, topic, at }) as MessagePlace)
      const topics = new Set(page.filter(({ at }) => at < before).map(({ topic }) => topic))
      const last = page.at(-1)
      if (last === undefined || topics.size === 0) return
      for (const topic of topics) {
        const place = await passedByAll(store, topic)
        if (place !== undefined) await store.transact(async (tx) => tx.execute(removeOfPage, [first, last.sequence, before, topic, ...place]))
      }
      first = last.sequence
    }
  }

  return repeat({
    clock,
    everyMs,
    run: async (isStopping) => {
      // One after the other: two may lie in one file, and the second then finds nothing to do.
      for (const store of stores) await pruneStore(store, isStopping)
    },
    onError: (error) => onError({ group: 'pruner', topic: '', error }),
  })
}
