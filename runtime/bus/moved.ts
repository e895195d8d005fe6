import type { Store } from '../store/index.ts'

/** Whether the newest message or a cursor is numbered by transactions that this server has yet to begin. */
const isMoved =
  'SELECT 1 AS moved FROM (SELECT transaction_id FROM bus_cursor ' +
  'UNION ALL (SELECT transaction_id FROM bus_message ORDER BY sequence DESC LIMIT 1)) AS places ' +
  'WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint LIMIT 1'

/** Just before the first message that the group has not passed. Cursor ids are `group~topic`. */
const cursorsBySequence =
  'UPDATE bus_cursor AS c SET transaction_id = 0, epoch = epoch + 1, sequence = COALESCE(' +
  "(SELECT MIN(m.sequence) - 1 FROM bus_message AS m WHERE m.topic = split_part(c.cursor_id, '~', 2) AND (m.transaction_id, m.sequence) > (c.transaction_id, c.sequence)), " +
  '(SELECT MAX(m.sequence) FROM bus_message AS m), 0)'

/**
 * A database that was dumped and restored on another PostgreSQL server brings its messages along, numbered by the
 * transactions of the old server; what the new one numbers lower would stand behind every cursor, and never be
 * delivered. Then all that is there is ordered by sequence alone, before anything new. Messages that a group has passed
 * may come once more: handlers know them by their effects.
 */
export async function settleIfMoved(store: Store): Promise<boolean> {
  if (store.dialect !== 'postgres' || (await store.read.query(isMoved, [])).length === 0) return false
  return store.transact(async (tx) => {
    await tx.query('LOCK TABLE bus_message, bus_cursor IN ACCESS EXCLUSIVE MODE', [])
    // Another process that started at the same time may have done it.
    if ((await tx.query(isMoved, [])).length === 0) return false
    tx.execute(cursorsBySequence, [])
    tx.execute('UPDATE bus_message SET transaction_id = 0', [])
    return true
  })
}
