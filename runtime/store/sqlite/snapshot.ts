import { DatabaseSync } from 'node:sqlite'
import type { Reader } from '../port.ts'
import { connect } from './connection.ts'

/** Reads on one snapshot: of a file over a second connection, of a database in memory (tests) on a copy. */
export async function withSnapshot<Result>(file: string, database: DatabaseSync, work: (read: Reader) => Promise<Result>): Promise<Result> {
  const connection = connect(file === ':memory:' ? copyOf(database) : new DatabaseSync(file, { readOnly: true }))
  try {
    connection.exec('BEGIN')
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
