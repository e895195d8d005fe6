import type { Column, ColumnKind, SqlValue, Table } from '../table.ts'
import { checkValues, findableKeys } from '../values.ts'
import { binaryArray, type ElementType } from './arrays.ts'

/** A statement with a name, so that each connection parses and plans it once. */
export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly SqlValue[]
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
  return statement(text, parameters)
}

const elementTypes: { readonly [Kind in ColumnKind]: ElementType } = {
  text: 'text',
  'text?': 'text',
  integer: 'bigint',
  'integer?': 'bigint',
  json: 'text',
  'json?': 'text',
  bytes: 'bytea',
}

/** Answers one value a column, in the table's order. */
export function selectByKeys<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`SELECT ${namesOf(table.columns)} FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [keyArray(keys)])
}

/** The same. Locked in key order, by every transaction: two of them never wait for each other in a circle. */
export function lockByKeys<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  const text = `SELECT ${namesOf(table.columns)} FROM ${table.name} WHERE ${table.keyColumn} = ANY($1) ORDER BY ${table.keyColumn} FOR UPDATE`
  return statement(text, [keyArray(keys)])
}

export function insertRows<Row>(table: Table<Row>, rows: readonly Row[], onConflict = ''): Statement {
  const { name, columns } = table
  return statement(`INSERT INTO ${name} (${namesOf(columns)}) SELECT * FROM ${unnest(columns)}${onConflict}`, columnArrays(columns, rows.map(table.toSql)))
}

export function insertMissingRows<Row>(table: Table<Row>, rows: readonly Row[]): Statement {
  return insertRows(table, rows, ` ON CONFLICT (${table.keyColumn}) DO NOTHING`)
}

export function updateRows<Row>(table: Table<Row>, rows: readonly Row[]): Statement {
  const { name, keyColumn, changingColumns } = table
  const columns: readonly Column[] = [...changingColumns, { name: keyColumn, kind: 'text' }]
  const assignments = changingColumns.map((column) => `${column.name} = new.${column.name}`)
  const text = `UPDATE ${name} SET ${assignments.join(', ')} FROM ${unnest(columns)} AS new (${namesOf(columns)}) WHERE ${name}.${keyColumn} = new.${keyColumn}`
  // Of several rows with one key the last counts; a joined update would take any of them.
  const lastByKey = new Map(rows.map((row) => [table.keyOf(row), row]))
  return statement(text, columnArrays(columns, [...lastByKey.values()].map(table.changesToSql)))
}

export function removeRows<Row>(table: Table<Row>, keys: readonly string[]): Statement {
  return statement(`DELETE FROM ${table.name} WHERE ${table.keyColumn} = ANY($1)`, [keyArray(keys)])
}

function keyArray(keys: readonly string[]): Buffer {
  return binaryArray('text', findableKeys(keys))
}

function namesOf(columns: readonly Column[]): string {
  return columns.map(({ name }) => name).join(', ')
}

function unnest(columns: readonly Column[]): string {
  return `unnest(${columns.map(({ kind }, index) => `$${index + 1}::${elementTypes[kind]}[]`).join(', ')})`
}

function columnArrays(columns: readonly Column[], rows: readonly SqlValue[][]): Buffer[] {
  rows.forEach(checkValues)
  return columns.map(({ kind }, index) =>
    binaryArray(
      elementTypes[kind],
      rows.map((values) => values[index] ?? null),
    ),
  )
}
