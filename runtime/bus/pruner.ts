import type { Store } from '../store/index.ts'
import { repeat, type Repetition } from '../time/index.ts'
import type { ReadingOptions } from './consumer.ts'
import type { Subscription } from './port.ts'
import { cursorIdOf, cursors } from './tables.ts'

export interface PrunerOptions extends Pick<ReadingOptions, 'clock' | 'onError'> {
  readonly stores: readonly Store[]
  readonly retainMs: number
}

const everyMs = 60_000

/** Rows deleted in one transaction: small, so that nobody waits for it. */
const stepSize = 1_000

/**
 * Removes messages that every group has passed and that are older than the retention. The newest row of a store stays,
 * because the embedded engine counts its sequence on from it.
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

  /** Answers how many were removed, a step at most. */
  function removeSome(store: Store, topic: string, [transactionId, sequence]: readonly [number, number], before: number): Promise<number> {
    return store.transact(async (tx) => {
      const removed = await tx.query(
        'DELETE FROM bus_message WHERE sequence IN (SELECT sequence FROM bus_message WHERE topic = $1 AND (transaction_id, sequence) <= ($2, $3) ' +
          'AND at < $4 AND sequence < (SELECT MAX(sequence) FROM bus_message) AND message_id NOT IN (SELECT message_id FROM bus_retry) ' +
          'AND message_id NOT IN (SELECT message_id FROM bus_dead) LIMIT $5) RETURNING sequence',
        [topic, transactionId, sequence, before, stepSize],
      )
      return removed.length
    })
  }

  // Until nothing is left to remove: a busy publisher writes more in a minute than one step takes.
  async function pruneStore(store: Store, isStopping: () => boolean): Promise<void> {
    const topics = (await store.read.query('SELECT DISTINCT topic FROM bus_message', [])).map((row) => row['topic'] as string)
    const before = clock.now() - retainMs
    for (const topic of topics) {
      const place = await passedByAll(store, topic)
      if (place === undefined) continue
      while (!isStopping() && (await removeSome(store, topic, place, before)) === stepSize);
    }
  }

  return repeat({
    clock,
    everyMs,
    run: (isStopping) => Promise.all(stores.map((store) => pruneStore(store, isStopping))),
    onError: (error) => onError({ group: 'pruner', topic: '', error }),
  })
}
