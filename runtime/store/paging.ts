import type { Clock } from '../time/index.ts'
import type { Reader } from './port.ts'
import type { Table } from './table.ts'

/** A page of a table, in byte order of its key. */
export async function pageByKey<Row>(read: Reader, table: Table<Row>, afterKey: string, limit: number): Promise<Row[]> {
  const rows = await read.query(`SELECT * FROM ${table.name} WHERE ${table.keyColumn} > $1 ORDER BY ${table.keyColumn} LIMIT $2`, [afterKey, limit])
  return rows.map(table.fromSql)
}

/** Rows read at a time by those who read everything: about 3 ms on the embedded store, so that nobody is held up for longer. */
const pageSize = 1_000

/** Visits every row of a table, page by page, and lets other work go on in between. */
export async function visitPages<Row>(read: Reader, table: Table<Row>, clock: Clock, visit: (rows: readonly Row[]) => Promise<void> | void): Promise<void> {
  let after = ''
  for (;;) {
    const rows = await pageByKey(read, table, after, pageSize)
    await visit(rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < pageSize) return
    after = table.keyOf(last)
    await new Promise<void>((resolve) => clock.soon(resolve))
  }
}

/** What pages of a listing ask for: certain keys, or the rows after a key. */
export interface PageRequest {
  readonly keys: readonly string[]
  readonly afterKey: string
  readonly limit: number
}

export async function pageOrKeys<Row>(read: Reader, table: Table<Row>, { keys, afterKey, limit }: PageRequest): Promise<Row[]> {
  return keys.length > 0 ? [...(await read.get(table, keys)).values()] : pageByKey(read, table, afterKey, limit)
}
