import type { Store } from '@suanpan/runtime/store'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'
import { inbox } from './tables.ts'

export interface InboxPrunerOptions {
  readonly store: Store
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

/**
 * Platforms deliver for a day or so (WeChat Pay 24 h 4 m, Alipay 25 h); bills can be asked for over three months. One that comes
 * later still finds its payment as it left it.
 */
const retainMs = 92 * 24 * 60 * 60 * 1_000

const everyMs = 60 * 60 * 1_000

/** Rows looked at in one step, and the pause after it: nobody notices the walk, and there is no index to keep. */
const stepSize = 500
const pauseMs = 100

/** Walks through the inbox every hour, and removes what was settled long ago. */
export function createInboxPruner({ store, clock, onError }: InboxPrunerOptions): Repetition {
  /** Answers where the walk goes on. Undefined: that was the end. */
  async function step(after: string): Promise<string | undefined> {
    const sql = 'SELECT * FROM payment_inbox WHERE inbox_id > $1 ORDER BY inbox_id LIMIT $2'
    const rows = (await store.read.query(sql, [after, stepSize])).map(inbox.fromSql)
    const old = rows.filter(({ state, settledAt }) => state !== 'received' && settledAt < clock.now() - retainMs)
    const removed = old.map(({ inboxId }) => inboxId)
    if (removed.length > 0) await store.transact(async (tx) => tx.remove(inbox, removed))
    return rows.length < stepSize ? undefined : rows.at(-1)?.inboxId
  }

  async function walk(isStopping: () => boolean): Promise<void> {
    for (let after = await step(''); after !== undefined && !isStopping(); after = await step(after)) await clock.sleep(pauseMs)
  }

  return repeat({ clock, everyMs, run: walk, onError })
}
