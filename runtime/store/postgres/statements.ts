import type { SqlValue } from '../port.ts'
import type { ColumnKind, Table } from '../table.ts'

/** A statement with a name, so that each connection parses and plans it once. */
export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly (SqlValue | readonly SqlValue[])[]
}

const names = new Map<string, string>()

export function statement(text: string, values: Statement['values']): Statement {
  let name = names.get(text)
  if (name === undefined) {
    name = `s${names.size}`
    names.set(text, name)
  }
  return { name, text, values }
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
  return statement(`SELECT * FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [distinct(keys)])
}

/** Locked in key order, by every transaction: two of them never wait for each other in a circle. */
export function lockByKeys<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`SELECT * FROM ${table.name} WHERE ${table.keyColumn} = ANY($1) ORDER BY ${table.keyColumn} FOR UPDATE`, [distinct(keys)])
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
  return statement(text, columnArrays(table, rows))
}

export function removeRows<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`DELETE FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [distinct(keys)])
}

function unnest<Row>(table: Table<Row>): string {
  return `unnest(${table.properties.map((property, index) => `$${index + 1}::${sqlTypes[table.columns[property]]}[]`).join(', ')})`
}

function columnArrays<Row>(table: Table<Row>, rows: readonly Row[]): SqlValue[][] {
  const arrays: SqlValue[][] = table.properties.map(() => [])
  for (const row of rows) {
    for (const [index, value] of table.toSql(row).entries()) arrays[index]?.push(asBuffer(value))
  }
  return arrays
}

/** `pg` writes a Buffer inside an array as bytea, but not a plain Uint8Array. */
function asBuffer(value: SqlValue): SqlValue {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

function distinct(keys: readonly string[]): string[] {
  return [...new Set(keys)]
}
