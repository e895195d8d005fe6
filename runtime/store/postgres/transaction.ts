import type { PoolClient, QueryResult } from 'pg'
import type { SqlRow, Transaction } from '../port.ts'
import { insertMissingRows, insertRows, lockByKeys, removeRows, selectByKeys, statement, updateRows, type Statement } from './statements.ts'

export interface OpenTransaction extends Transaction {
  /** Sends all writes; their results are in `sent`. */
  flush(): void
  /** Everything on its way, so that a failure is found before the commit is believed. */
  readonly sent: readonly Promise<unknown>[]
  readonly afterCommitTasks: readonly (() => void)[]
}

/** Sends a statement at once: on a pipelined connection it does not wait for those before it. */
export function send(client: PoolClient, { name, text, values }: Statement): Promise<QueryResult<SqlRow>> {
  return client.query<SqlRow>({ name, text, values: [...values] })
}

/**
 * Buffers writes, and sends them only before a read or the commit. BEGIN travels with the first read, and the writes
 * with the COMMIT: a transaction that loads twice takes three round trips.
 */
export function openTransaction(client: PoolClient): OpenTransaction {
  let writes: Statement[] = []
  const sent: Promise<unknown>[] = []
  const afterCommitTasks: (() => void)[] = []

  function track<Result>(result: Promise<Result>): Promise<Result> {
    // Looked at before the commit; until then a failure must not count as unhandled.
    result.catch(() => {})
    sent.push(result)
    return result
  }

  function flush(): void {
    const pending = writes
    writes = []
    for (const write of pending) void track(send(client, write))
  }

  async function rowsOf(query: Statement): Promise<SqlRow[]> {
    flush()
    return (await track(send(client, query))).rows
  }

  void track(client.query('BEGIN'))
  return {
    get: async (table, keys) => (keys.length === 0 ? new Map() : byKey(table, await rowsOf(selectByKeys(table, keys)))),
    lock: async (table, keys) => (keys.length === 0 ? new Map() : byKey(table, await rowsOf(lockByKeys(table, keys)))),
    query: (sql, parameters) => rowsOf(statement(sql, parameters)),
    insert: (table, rows) => void (rows.length > 0 && writes.push(insertRows(table, rows))),
    insertMissing: (table, rows) => void (rows.length > 0 && writes.push(insertMissingRows(table, rows))),
    update: (table, rows) => void (rows.length > 0 && writes.push(updateRows(table, rows))),
    remove: (table, keys) => void (keys.length > 0 && writes.push(removeRows(table, keys))),
    execute: (sql, parameters) => void writes.push(statement(sql, parameters)),
    afterCommit: (task) => void afterCommitTasks.push(task),
    flush,
    sent,
    afterCommitTasks,
  }
}

export function byKey<Row>(table: { readonly keyColumn: string; fromSql(row: SqlRow): Row }, rows: readonly SqlRow[]): Map<string, Row> {
  return new Map(rows.map((row) => [row[table.keyColumn] as string, table.fromSql(row)]))
}
