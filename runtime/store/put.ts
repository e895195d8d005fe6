import type { Transaction } from './port.ts'
import type { Table } from './table.ts'

/** Writes rows, whether they are there or not: those whose key is `stored`, as the transaction has locked it, are updated. */
export function putRows<Row>(tx: Transaction, table: Table<Row>, rows: readonly Row[], stored: { has(key: string): boolean }): void {
  const isStored = (row: Row) => stored.has(table.keyOf(row))
  tx.insert(
    table,
    rows.filter((row) => !isStored(row)),
  )
  tx.update(table, rows.filter(isStored))
}
