import { DatabaseSync } from 'node:sqlite'
import type { Reader } from '../port.ts'
import { connect, type Connection } from './connection.ts'

/** A second connection, which sees what is committed, and nothing of a transaction that is open. */
export function connectBeside(file: string): Connection {
  return connect(new DatabaseSync(file, { readOnly: true }))
}

/** Reads on one snapshot, of this moment: of a file over a second connection, of a database in memory (tests) on a copy. */
export async function withSnapshot<Result>(file: string, database: DatabaseSync, work: (read: Reader) => Promise<Result>): Promise<Result> {
  const connection = file === ':memory:' ? connect(copyOf(database)) : connectBeside(file)
  try {
    // A snapshot is taken by its first read, and `work` may be late with that.
    connection.exec('BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1')
    return await work({
      get: async (table, keys) => connection.get(table, keys),
      query: async (sql, parameters) => connection.query(sql, parameters),
    })
  } finally {
    connection.close()
  }
}

function copyOf(database: DatabaseSync): DatabaseSync {
  const copy = new DatabaseSync(':memory:')
  copy.deserialize(database.serialize())
  copy.exec('PRAGMA query_only = ON')
  return copy
}
