import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ConstraintViolated } from '../port.ts'
import type { SqlRow, SqlValue, Table } from '../table.ts'
import { checkValues, findableKeys } from '../values.ts'
import type { RowCache } from './row-cache.ts'

/** SQLite's primary result code for a refused constraint; the extended ones share its low byte. */
const sqliteConstraint = 19
const sqliteIoError = 10

/** Prepared statements on one connection, each prepared once. */
export interface Connection {
  exec(sql: string): void
  run(sql: string, parameters: readonly SqlValue[]): void
  query(sql: string, parameters: readonly SqlValue[]): SqlRow[]
  get<Row>(table: Table<Row>, keys: readonly string[]): Map<string, Row>
  insert<Row>(table: Table<Row>, rows: readonly Row[]): void
  insertMissing<Row>(table: Table<Row>, rows: readonly Row[]): void
  update<Row>(table: Table<Row>, rows: readonly Row[]): void
  remove<Row>(table: Table<Row>, keys: readonly string[]): void
  isInTransaction(): boolean
  /** Nothing of the transaction stands any more, whether it was still open or SQLite had undone it by itself. */
  undo(): void
  close(): void
}

/** `cache`: for the connection that is the only one to write. Without it, every row is read. */
export function connect(database: DatabaseSync, cache?: RowCache): Connection {
  const statements = new Map<string, StatementSync>()
  const tableStatements = new Map<object, Partial<Record<TableStatement, StatementSync>>>()

  function statement(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(forSqlite(sql))
    statements.set(sql, made)
    return made
  }

  /** Found by table, so that nothing of its text is put together again. */
  function statementOf<Row>(table: Table<Row>, kind: TableStatement): StatementSync {
    let known = tableStatements.get(table)
    if (known === undefined) tableStatements.set(table, (known = {}))
    return (known[kind] ??= prepare(table, kind))
  }

  function prepare<Row>(table: Table<Row>, kind: TableStatement): StatementSync {
    const prepared = database.prepare(sqlOf[kind](table))
    // Rows as arrays: half the cost of objects, which the driver makes one property at a time.
    if (kind.startsWith('select')) prepared.setReturnArrays(true)
    return prepared
  }

  /**
   * What fails is undone, in part or with the whole transaction: nobody knows any more which rows stand. A read, too, may
   * be what has to make room, and finds the disk full.
   */
  function forgetting<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      cache?.forgetAll()
      throw asConstraint(error)
    }
  }

  function runAll(prepared: StatementSync, parameterRows: readonly (readonly SqlValue[])[]): void {
    forgetting(() => {
      for (const parameters of parameterRows) {
        checkValues(parameters)
        prepared.run(...parameters)
      }
    })
  }

  /** In the order of their keys. */
  function read<Row>(table: Table<Row>, keys: readonly string[]): Row[] {
    if (keys.length === 0) return []
    const rows = forgetting(() =>
      keys.length === 1 ? statementOf(table, 'selectOne').all(keys[0] as string) : statementOf(table, 'selectMany').all(JSON.stringify(keys)),
    )
    return (rows as unknown as SqlValue[][]).map(table.fromValues)
  }

  function get<Row>(table: Table<Row>, keys: readonly string[]): Map<string, Row> {
    const rows = new Map<string, Row>()
    const missing: string[] = []
    for (const key of findableKeys(keys)) {
      const known = cache?.get(table, key)
      if (known === undefined) missing.push(key)
      else rows.set(key, known)
    }
    const found = read(table, missing)
    cache?.put(table, found)
    for (const row of found) rows.set(table.keyOf(row), row)
    return rows
  }

  return {
    exec: (sql) => {
      forgetting(() => database.exec(sql))
      if (sql.startsWith('ROLLBACK')) cache?.forgetAll()
    },
    run: (sql, parameters) => {
      runAll(statement(sql), [parameters])
      cache?.forgetAll()
    },
    query: (sql, parameters) => {
      checkValues(parameters)
      const rows = forgetting(() => statement(sql).all(...parameters) as SqlRow[])
      if (!sql.startsWith('SELECT')) cache?.forgetAll()
      return rows
    },
    get,
    insert: (table, rows) => {
      runAll(statementOf(table, 'insert'), rows.map(table.toSql))
      // The others are seldom asked for again, and would only be moved about by the collector: a tenth of all processor time.
      if (table.isReadSoon) cache?.put(table, rows)
    },
    insertMissing: (table, rows) => runAll(statementOf(table, 'insertMissing'), rows.map(table.toSql)),
    update: (table, rows) => {
      runAll(statementOf(table, 'update'), rows.map(table.changesToSql))
      // What was to be read soon has been.
      if (table.isReadSoon) cache?.forget(table, rows.map(table.keyOf))
      else cache?.replace(table, rows)
    },
    remove: (table, keys) => {
      runAll(
        statementOf(table, 'remove'),
        keys.map((key) => [key]),
      )
      cache?.forget(table, keys)
    },
    isInTransaction: () => database.isTransaction,
    undo: () => {
      if (database.isTransaction) database.exec('ROLLBACK')
      cache?.forgetAll()
    },
    close: () => database.close(),
  }
}

/**
 * A statement whose LIMIT is a bare parameter is planned anew at every run (SQLite 3.53 looks at its value): 5 to 15 µs,
 * where running it takes half a microsecond. Behind a plus it is an expression.
 */
function forSqlite(sql: string): string {
  return sql.replaceAll(/\bLIMIT \$/g, 'LIMIT +$').replaceAll(/\$(\d+)/g, '?$1')
}

/** Named one by one, in the order that `fromValues` takes them. */
function columnsOf<Row>(table: Table<Row>, alias = ''): string {
  return table.columns.map(({ name }) => `${alias}${name}`).join(', ')
}

function selectOne<Row>(table: Table<Row>): string {
  return `SELECT ${columnsOf(table)} FROM ${table.name} WHERE ${table.keyColumn} = ?`
}

/** One statement for many keys: 2.7 µs a row, against 5.9 µs for a statement each. */
function selectMany<Row>(table: Table<Row>): string {
  return `SELECT ${columnsOf(table, 't.')} FROM json_each(?) AS wanted CROSS JOIN ${table.name} AS t ON t.${table.keyColumn} = wanted.value`
}

/** One row a run: 8 to 16 µs, against 24 to 32 µs a row for an insert from json_each, and 19 to 24 for many VALUES. */
function insertInto<Row>(table: Table<Row>): string {
  return `INSERT INTO ${table.name} (${columnsOf(table)}) VALUES (${table.columns.map(() => '?').join(', ')})`
}

/** Its parameters are the changing columns, then the key. */
function updateByKey<Row>(table: Table<Row>): string {
  const assignments = table.changingColumns.map(({ name }) => `${name} = ?`)
  return `UPDATE ${table.name} SET ${assignments.join(', ')} WHERE ${table.keyColumn} = ?`
}

/** What a connection does with a table, as SQL. Parameters with a number would be names to the driver, each looked for among all at every run. */
const sqlOf = {
  selectOne,
  selectMany,
  insert: insertInto,
  insertMissing: <Row>(table: Table<Row>) => `${insertInto(table)} ON CONFLICT (${table.keyColumn}) DO NOTHING`,
  update: updateByKey,
  remove: <Row>(table: Table<Row>) => `DELETE FROM ${table.name} WHERE ${table.keyColumn} = ?`,
}

type TableStatement = keyof typeof sqlOf

function asConstraint(error: unknown): unknown {
  if (primaryCode(error) !== sqliteConstraint) return error
  return new ConstraintViolated(error instanceof Error ? error.message : 'unnamed', { cause: error })
}

export function isIoError(error: unknown): boolean {
  return primaryCode(error) === sqliteIoError
}

function primaryCode(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: unknown }
  return typeof errcode === 'number' ? errcode & 0xff : undefined
}
