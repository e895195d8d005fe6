import type { Store } from '@suanpan/runtime/store'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'

export interface PruningOptions {
  readonly store: Store
  readonly clock: Clock
  readonly retainMs: number
  readonly onError: (error: unknown) => void
}

const everyMs = 60_000
/** Rows deleted in one transaction: small, so that nobody waits for it. */
const stepSize = 5_000
/** As long as the broker may ask about a half message (`fileReservedTime`, three days at most), its row answers. */
const askedWithinMs = 4 * 24 * 60 * 60_000

const steps: readonly { readonly sql: string; readonly atLeastMs: number }[] = [
  {
    sql: "DELETE FROM message_delivery WHERE delivery_id IN (SELECT delivery_id FROM message_delivery WHERE changed_at < $1 AND state = 'handled' LIMIT $2) RETURNING topic",
    atLeastMs: 0,
  },
  { sql: 'DELETE FROM message_sent WHERE message_id IN (SELECT message_id FROM message_sent WHERE sent_at < $1 LIMIT $2) RETURNING topic', atLeastMs: 0 },
  { sql: 'DELETE FROM message_tx WHERE half_id IN (SELECT half_id FROM message_tx WHERE decided_at < $1 LIMIT $2) RETURNING topic', atLeastMs: askedWithinMs },
]

/** Removes what is over and older than the retention. */
export function createPruning({ store, clock, retainMs, onError }: PruningOptions): Repetition {
  /** Answers how many were removed. */
  async function removeSome(sql: string, before: number): Promise<number> {
    return store.transact(async (tx) => (await tx.query(sql, [before, stepSize])).length)
  }

  // Until nothing is left to remove: a busy service publishes more in a minute than one step takes.
  async function run(isStopping: () => boolean): Promise<void> {
    for (const { sql, atLeastMs } of steps) {
      const before = clock.now() - Math.max(retainMs, atLeastMs)
      while (!isStopping() && (await removeSome(sql, before)) === stepSize);
    }
  }
  return repeat({ clock, everyMs, run, onError })
}
