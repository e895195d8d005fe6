import type { Transaction } from './port.ts'
import { putRows } from './put.ts'
import type { Table } from './table.ts'

/** What a declaration leads to: a row to be written, or none. */
export interface Declared<Row, Outcome> {
  readonly outcome: Outcome
  readonly row?: Row
}

/**
 * Imports declarations: each says how its row shall be, and is decided on how the row is, earlier ones of the same
 * batch included. Declaring the same again changes nothing.
 */
export async function declareRows<Row, Item, Outcome>(
  tx: Transaction,
  table: Table<Row>,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  decide: (known: Row | undefined, item: Item) => Declared<Row, Outcome>,
): Promise<{ key: string; outcome: Outcome }[]> {
  const rows = await tx.lock(table, items.map(keyOf))
  const stored = new Set(rows.keys())
  const changed = new Map<string, Row>()
  const results = items.map((item) => {
    const key = keyOf(item)
    const { outcome, row } = decide(rows.get(key), item)
    if (row !== undefined) {
      rows.set(key, row)
      changed.set(key, row)
    }
    return { key, outcome }
  })
  putRows(tx, table, [...changed.values()], stored)
  return results
}
