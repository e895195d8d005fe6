import type { SqlRow, SqlValue } from './port.ts'

/** `json` columns hold a plain JSON value in a TEXT column. A `?` means NULL is allowed and read as `null`. */
export type ColumnKind = 'text' | 'integer' | 'json' | 'bytes' | 'text?' | 'integer?' | 'json?'

export interface TableDefinition<Row> {
  /** As in SQL. */
  readonly name: string
  /** The one TEXT column that is the primary key. Composite keys are written as one text by their owner. */
  readonly key: keyof Row & string
  /** Property names in camelCase; their columns are the same in snake_case. */
  readonly columns: { readonly [Column in keyof Row & string]: ColumnKind }
}

export interface Table<Row> extends TableDefinition<Row> {
  readonly properties: readonly (keyof Row & string)[]
  readonly sqlColumns: readonly string[]
  readonly keyColumn: string
  keyOf(row: Row): string
  toSql(row: Row): SqlValue[]
  fromSql(row: SqlRow): Row
}

function toSnakeCase(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Describes a table once for both dialects. The SQL that creates it lives in the service's numbered schema files. */
export function defineTable<Row>(definition: TableDefinition<Row>): Table<Row> {
  const properties = Object.keys(definition.columns) as (keyof Row & string)[]
  const sqlColumns = properties.map(toSnakeCase)
  const isJson = properties.map((property) => definition.columns[property].startsWith('json'))
  return {
    ...definition,
    properties,
    sqlColumns,
    keyColumn: toSnakeCase(definition.key),
    keyOf: (row) => row[definition.key] as string,
    toSql: (row) =>
      properties.map((property, index) => {
        const value = row[property]
        return isJson[index] === true && value !== null ? JSON.stringify(value) : (value as SqlValue)
      }),
    fromSql: (sqlRow) => {
      const row: Record<string, unknown> = {}
      for (let index = 0; index < properties.length; index++) {
        const value = sqlRow[sqlColumns[index] as string]
        row[properties[index] as string] = isJson[index] === true && typeof value === 'string' ? JSON.parse(value) : value
      }
      return row as Row
    },
  }
}
