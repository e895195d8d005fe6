import type { Reader, Transaction } from './port.ts'
import type { Table } from './table.ts'

/** The row with this key; undefined: there is none. */
export async function readOne<Row>(read: Pick<Reader, 'get'>, table: Table<Row>, key: string): Promise<Row | undefined> {
  return (await read.get(table, [key])).get(key)
}

/** The same, loaded for update. */
export async function lockOne<Row>(tx: Pick<Transaction, 'lock'>, table: Table<Row>, key: string): Promise<Row | undefined> {
  return (await tx.lock(table, [key])).get(key)
}
