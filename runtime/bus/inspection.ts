import { lockOne, readOne, type Reader, type SqlRow, type Store } from '../store/index.ts'
import type { DeadLetter, MessageTrace, Subscription } from './port.ts'
import { cursorIdOf, cursors, dead, messageIdsAbout, retries, retryIdOf, storedMessage, type CursorRow, type DeadRow, type StoredMessage } from './tables.ts'

/** A backlog is counted no further: 100,000 waiting messages are as telling as more. */
const countedAtMost = 100_000

/** Messages that this group has still to handle, retries included. */
export async function backlogOf(store: Store, { group, topics }: Subscription): Promise<number> {
  let waiting = 0
  for (const topic of topics) {
    const cursorId = cursorIdOf(group, topic)
    const { transactionId = 0, sequence = 0 } = (await readOne(store.read, cursors, cursorId)) ?? {}
    const fresh = 'SELECT COUNT(*) AS n FROM (SELECT 1 FROM bus_message WHERE topic = $1 AND (transaction_id, sequence) > ($2, $3) LIMIT $4) AS waiting'
    waiting += countOf(await store.read.query(fresh, [topic, transactionId, sequence, countedAtMost]))
    waiting += countOf(await store.read.query('SELECT COUNT(*) AS n FROM bus_retry WHERE cursor_id = $1', [cursorId]))
  }
  return waiting
}

function countOf(rows: readonly SqlRow[]): number {
  return Number(rows[0]?.['n'] ?? 0)
}

export async function listDeadLetters(stores: readonly Store[], { limit, after }: { readonly limit: number; readonly after: string }): Promise<DeadLetter[]> {
  const pages = await Promise.all(
    stores.map((store) => store.read.query('SELECT * FROM bus_dead WHERE dead_id > $1 ORDER BY dead_id LIMIT $2', [after, limit])),
  )
  const rows = onceEach(pages.flat().map(dead.fromSql), ({ deadId }) => deadId)
  rows.sort((one, other) => (one.deadId < other.deadId ? -1 : 1))
  return rows.slice(0, limit).map(toDeadLetter)
}

function toDeadLetter({ deadId, groupName, topic, key, attempts, because, diedAt }: DeadRow): DeadLetter {
  return { id: deadId, group: groupName, topic, key, attempts, because, diedAt }
}

/** Puts a dead letter back into its group's queue, with all its tries before it. Answers its topic. */
export function replayDeadLetter(store: Store, deadId: string, at: number): Promise<string | undefined> {
  return store.transact(async (tx) => {
    const row = await lockOne(tx, dead, deadId)
    if (row === undefined) return undefined
    const { cursorId, messageId } = row
    tx.remove(dead, [deadId])
    tx.remove(retries, [deadId])
    tx.insert(retries, [{ retryId: deadId, cursorId, messageId, attempts: 0, nextAttemptAt: at, because: 'replayed' }])
    return row.topic
  })
}

/** Every message about a key, and how each group fares with it. */
export async function traceOf(stores: readonly Store[], subscriptions: readonly Subscription[], key: string): Promise<MessageTrace[]> {
  const traces = await Promise.all(
    stores.map(async (store) => {
      const rows = await store.read.query('SELECT * FROM bus_message WHERE message_id >= $1 AND message_id < $2 ORDER BY sequence', messageIdsAbout(key))
      return Promise.all(rows.map((row) => traceMessage(store.read, subscriptions, storedMessage(row))))
    }),
  )
  return onceEach(traces.flat(), ({ messageId }) => messageId)
}

/** Stores may lie in one file, and each then answers for all of them. */
function onceEach<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}

async function traceMessage(read: Reader, subscriptions: readonly Subscription[], stored: StoredMessage): Promise<MessageTrace> {
  const { id, topic, at } = stored.message
  const groups = subscriptions.filter(({ topics }) => topics.includes(topic)).map(({ group }) => group)
  const deliveries = await Promise.all(
    groups.map(async (group) => {
      const cursorId = cursorIdOf(group, topic)
      const retryId = retryIdOf(cursorId, id)
      const died = await readOne(read, dead, retryId)
      if (died !== undefined) return { group, state: 'dead' as const, attempts: died.attempts, because: died.because }
      const retry = await readOne(read, retries, retryId)
      if (retry !== undefined)
        return { group, state: 'retrying' as const, attempts: retry.attempts, nextAttemptAt: retry.nextAttemptAt, because: retry.because }
      const passed = isBehind(stored, await readOne(read, cursors, cursorId))
      return passed ? { group, state: 'delivered' as const, attempts: 1 } : { group, state: 'waiting' as const, attempts: 0 }
    }),
  )
  return { messageId: id, topic, publishedAt: at, deliveries }
}

function isBehind(stored: StoredMessage, cursor: CursorRow | undefined): boolean {
  if (cursor === undefined || stored.transactionId > cursor.transactionId) return false
  return stored.transactionId < cursor.transactionId || stored.sequence <= cursor.sequence
}
