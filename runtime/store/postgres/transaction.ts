import type { PoolClient, QueryArrayResult, QueryResult } from 'pg'
import type { Transaction } from '../port.ts'
import type { SqlRow, SqlValue, Table } from '../table.ts'
import type { Connection } from './pool.ts'
import { insertMissingRows, insertRows, lockByKeys, rawStatement, removeRows, selectByKeys, updateRows, type Statement } from './statements.ts'

export interface OpenTransaction extends Transaction {
  /** Sends all writes; what becomes of them is in `sent`. */
  flush(): void
  /** Nothing is taken or answered any more. */
  end(): void
  /** Everything on its way, so that a failure is found before the commit is believed. */
  readonly sent: readonly Promise<unknown>[]
  /** Why statements failed, so far, in their order. */
  failures(): readonly unknown[]
  readonly afterCommitTasks: readonly (() => void)[]
}

/** Sends a statement at once: on a pipelined connection it does not wait for those before it. */
export function send(connection: Connection, { name, text, values }: Statement): Promise<QueryResult<SqlRow>> {
  return connection.query<SqlRow>({ name, text, values: [...values] })
}

/** The same, for one that answers all columns of a table: one array a row, whose values need no looking up by name. */
export function sendForArrays(connection: Connection, { name, text, values }: Statement): Promise<QueryArrayResult<SqlValue[]>> {
  return connection.query<SqlValue[]>({ name, text, values: [...values], rowMode: 'array' })
}

/**
 * Buffers writes, and sends them only before a read or the commit. BEGIN travels with the first read, and the writes
 * with the COMMIT: a transaction that loads twice takes three round trips.
 */
export function openTransaction(client: PoolClient): OpenTransaction {
  let writes: Statement[] = []
  let over = false
  const sent: Promise<unknown>[] = []
  const failures: unknown[] = []
  const afterCommitTasks: (() => void)[] = []

  function track<Result>(result: Promise<Result>): Promise<Result> {
    // Looked at before the commit; until then a failure must not count as unhandled.
    result.catch((error: unknown) => failures.push(error))
    sent.push(result)
    return result
  }

  function flush(): void {
    const pending = writes
    writes = []
    for (const write of pending) void track(send(client, write))
  }

  function requireOpen(): void {
    if (over) throw new Error('the transaction is over: something in it was not awaited')
  }

  async function ask<Answer>(query: () => Promise<Answer>): Promise<Answer> {
    requireOpen()
    flush()
    return track(query())
  }

  async function load<Row>(table: Table<Row>, keys: readonly string[], statementOf: typeof selectByKeys): Promise<Map<string, Row>> {
    return keys.length === 0 ? new Map() : byKey(table, (await ask(() => sendForArrays(client, statementOf(table, keys)))).rows)
  }

  function buffer(needed: boolean, statementOf: () => Statement): void {
    requireOpen()
    if (needed) writes.push(statementOf())
  }

  void track(client.query('BEGIN'))
  return {
    get: (table, keys) => load(table, keys, selectByKeys),
    lock: (table, keys) => load(table, keys, lockByKeys),
    query: async (sql, parameters) => (await ask(() => send(client, rawStatement(sql, parameters)))).rows,
    insert: (table, rows) => buffer(rows.length > 0, () => insertRows(table, rows)),
    insertMissing: (table, rows) => buffer(rows.length > 0, () => insertMissingRows(table, rows)),
    update: (table, rows) => buffer(rows.length > 0, () => updateRows(table, rows)),
    remove: (table, keys) => buffer(keys.length > 0, () => removeRows(table, keys)),
    execute: (sql, parameters) => buffer(true, () => rawStatement(sql, parameters)),
    afterCommit: (task) => {
      requireOpen()
      afterCommitTasks.push(task)
    },
    flush,
    end: () => {
      over = true
    },
    sent,
    failures: () => failures,
    afterCommitTasks,
  }
}

export function byKey<Row>(table: Table<Row>, arrays: readonly SqlValue[][]): Map<string, Row> {
  return new Map(
    arrays.map((values) => {
      const row = table.fromValues(values)
      return [table.keyOf(row), row]
    }),
  )
}
