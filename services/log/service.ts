import type { AuditServiceDefinition } from '@suanpan/contracts/audit'
import type { LogServiceDefinition } from '@suanpan/contracts/log'
import type { DeliveredMessage, Subscription, Verdict } from '@suanpan/runtime/bus'
import type { Implementation } from '@suanpan/runtime/rpc'
import { lockOne, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEntries } from './books.ts'
import { recorders, recordOf } from './records.ts'
import { sealEntries } from './rules.ts'
import { entries, entriesByMessage, entryIdOf, headId, heads } from './tables.ts'

/** The numbered SQL files of this service. */
export const logSchema = new URL('./schema/', import.meta.url)

export interface LogServiceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

export interface LogService {
  readonly implementation: Implementation<typeof LogServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** Messages of one transaction. */
const maxBatch = 500

/** The payment log: what happened to money, one entry a message, each sealed onto the one before. */
export function createLogService({ store, clock, marks }: LogServiceOptions): LogService {
  return {
    implementation: { listEntries: (request) => listEntries(store.read, request) },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    // A subscription has one publisher.
    subscriptions: [...new Set(recorders.map(({ publisher }) => publisher))].map((publisher) => {
      const topics = recorders.filter((recorder) => recorder.publisher === publisher).map(({ topic }) => topic)
      return { group: `log.${publisher}`, topics, publisher, maxBatch, handle: append }
    }),
  }

  async function append(messages: readonly DeliveredMessage[]): Promise<Verdict[]> {
    const recorded = messages.map(recordOf)
    const appended = await store.transact(async (tx) => {
      // The head first: from here on nobody else appends, and what was appended can be seen.
      const head = await lockOne(tx, heads, headId)
      if (head === undefined) throw new Error('the payment log has lost its head row: restore the store from a backup')
      const known = await tx.get(
        entriesByMessage,
        recorded.map(({ messageId }) => messageId),
      )
      const sealed = sealEntries(head, recorded, (messageId) => known.has(messageId))
      tx.insert(
        entries,
        sealed.entries.map(({ sequence, ...entry }) => ({ ...entry, entryId: entryIdOf(sequence) })),
      )
      tx.update(heads, [{ logId: headId, ...sealed.head }])
      return sealed.entries.length
    })
    if (appended < messages.length) marks.mark('log.duplicate_dropped')
    return messages.map(() => ({ kind: 'done' }))
  }
}
