import type { ChannelName } from '@suanpan/channels'
import type { Store, Table } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'

export interface DueOptions<Row> {
  readonly store: Store
  readonly table: Table<Row>
  /** The column that says when a row is due: with the channel, an index of its own. */
  readonly dueColumn: 'query_at' | 'ask_at'
  readonly dueAtOf: (row: Row) => number | null
  /** The row with its next time moved on, and counted. */
  readonly movedOn: (row: Row, now: number) => Row
  /** Gets the row as it was before it was moved on. */
  readonly pursue: (row: Row) => Promise<unknown>
  readonly channel: ChannelName
  readonly clock: Clock
  readonly log: Log
  readonly everyMs: number
}

/** Rows pursued at once: a platform limits how often it may be asked. */
const pageSize = 50

/**
 * Works off the rows of one channel that are due, so that a platform that does not answer holds up nobody who pays over
 * another. Several processes may work on one store: each claims what it pursues by moving its next time on, under lock
 * and committed before the platform is asked; whatever a dead one claimed comes up again by itself.
 */
export function workOffDue<Row>({ store, table, dueColumn, dueAtOf, movedOn, pursue, channel, clock, log, everyMs }: DueOptions<Row>): Repetition {
  const sql = `SELECT ${table.keyColumn} AS due_key FROM ${table.name} WHERE channel = $1 AND ${dueColumn} <= $2 ORDER BY ${dueColumn} LIMIT $3`

  async function claim(): Promise<readonly Row[]> {
    const now = clock.now()
    const found = await store.read.query(sql, [channel, now, pageSize])
    if (found.length === 0) return []
    return store.transact(async (tx) => {
      const rows = await tx.lock(
        table,
        found.map((row) => row['due_key'] as string),
      )
      const due = [...rows.values()].filter((row) => {
        const dueAt = dueAtOf(row)
        return dueAt !== null && dueAt <= now
      })
      tx.update(
        table,
        due.map((row) => movedOn(row, now)),
      )
      return due
    })
  }

  async function pursueAll(rows: readonly Row[]): Promise<void> {
    const onError = (row: Row) => (error: unknown) =>
      log.warn({ error, channel, key: table.keyOf(row) }, 'a platform could not be asked about what is due; it is asked again')
    await Promise.all(rows.map((row) => pursue(row).catch(onError(row))))
  }

  return repeat({
    clock,
    everyMs,
    run: async (isStopping) => {
      let claimed: readonly Row[]
      do {
        claimed = await claim()
        await pursueAll(claimed)
      } while (claimed.length === pageSize && !isStopping())
    },
    onError: (error) => log.warn({ error, channel, table: table.name }, 'what is due could not be read; it is read again'),
  })
}
