import type { SqlValue } from '../port.ts'
import type { ColumnKind, Table } from '../table.ts'
import { checkValues, findableKeys } from '../values.ts'

/** A statement with a name, so that each connection parses and plans it once. */
export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly (SqlValue | readonly SqlValue[])[]
}

const names = new Map<string, string>()

function statement(text: string, values: Statement['values']): Statement {
  let name = names.get(text)
  if (name === undefined) {
    name = `s${names.size}`
    names.set(text, name)
  }
  return { name, text, values }
}

/** A statement as its author wrote it. */
export function rawStatement(text: string, parameters: readonly SqlValue[]): Statement {
  checkValues(parameters)
  return statement(text, parameters.map(asBuffer))
}

const sqlTypes: { readonly [Kind in ColumnKind]: string } = {
  text: 'text',
  'text?': 'text',
  integer: 'bigint',
  'integer?': 'bigint',
  json: 'text',
  'json?': 'text',
  bytes: 'bytea',
}

export function selectByKeys<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`SELECT * FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [findableKeys(keys)])
}

/** Locked in key order, by every transaction: two of them never wait for each other in a circle. */
export function lockByKeys<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`SELECT * FROM ${table.name} WHERE ${table.keyColumn} = ANY($1) ORDER BY ${table.keyColumn} FOR UPDATE`, [findableKeys(keys)])
}

export function insertRows<Row>(table: Table<Row>, rows: readonly Row[], onConflict = ''): Statement {
  return statement(`INSERT INTO ${table.name} (${table.sqlColumns.join(', ')}) SELECT * FROM ${unnest(table)}${onConflict}`, columnArrays(table, rows))
}

export function insertMissingRows<Row>(table: Table<Row>, rows: readonly Row[]): Statement {
  return insertRows(table, rows, ` ON CONFLICT (${table.keyColumn}) DO NOTHING`)
}

export function updateRows<Row>(table: Table<Row>, rows: readonly Row[]): Statement {
  const { name, keyColumn, sqlColumns } = table
  const assignments = sqlColumns.filter((column) => column !== keyColumn).map((column) => `${column} = new.${column}`)
  const text = `UPDATE ${name} SET ${assignments.join(', ')} FROM ${unnest(table)} AS new (${sqlColumns.join(', ')}) WHERE ${name}.${keyColumn} = new.${keyColumn}`
  // Of several rows with one key the last counts; a joined update would take any of them.
  const lastByKey = new Map(rows.map((row) => [table.keyOf(row), row]))
  return statement(text, columnArrays(table, [...lastByKey.values()]))
}

export function removeRows<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`DELETE FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [findableKeys(keys)])
}

function unnest<Row>(table: Table<Row>): string {
  return `unnest(${table.properties.map((property, index) => `$${index + 1}::${sqlTypes[table.columns[property]]}[]`).join(', ')})`
}

function columnArrays<Row>(table: Table<Row>, rows: readonly Row[]): SqlValue[][] {
  const arrays: SqlValue[][] = table.properties.map(() => [])
  for (const row of rows) {
    const values = table.toSql(row)
    checkValues(values)
    for (const [index, value] of values.entries()) arrays[index]?.push(asBuffer(value))
  }
  return arrays
}

/** `pg` writes a Buffer inside an array as bytea, but not a plain Uint8Array. */
function asBuffer(value: SqlValue): SqlValue {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
