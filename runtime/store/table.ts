/** A value as SQL knows it in the common subset of both dialects. */
export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Record<string, SqlValue>

/** `json` columns hold a plain JSON value in a TEXT column. A `?` means NULL is allowed and read as `null`. */
export type ColumnKind = 'text' | 'integer' | 'json' | 'bytes' | 'text?' | 'integer?' | 'json?'

export interface TableDefinition<Row> {
  /** As in SQL. */
  readonly name: string
  /** The one TEXT column that is the primary key. Composite keys are written as one text by their owner. */
  readonly key: keyof Row & string
  /** Property names in camelCase; their columns are the same in snake_case. */
  readonly columns: { readonly [Property in keyof Row & string]: ColumnKind }
  /** Written with the row, and never again: an update leaves them, and every index on them, as they are. */
  readonly fixed?: readonly (keyof Row & string)[]
  /** What inserts a row soon asks for it again, to change it: an engine may keep it at hand until then. */
  readonly isReadSoon?: boolean
}

/** A column as SQL knows it. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

export interface Table<Row> extends Omit<TableDefinition<Row>, 'columns'> {
  readonly columns: readonly Column[]
  /** What an update writes: all but the key and what is fixed. */
  readonly changingColumns: readonly Column[]
  readonly keyColumn: string
  keyOf(row: Row): string
  /** One value a column. */
  toSql(row: Row): SqlValue[]
  /** One value a changing column, then the key: what an update takes. */
  changesToSql(row: Row): SqlValue[]
  fromSql(row: SqlRow): Row
  /** From one value a column, in their order: cheaper than by name. */
  fromValues(values: readonly SqlValue[]): Row
}

function toSnakeCase(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Describes a table once for both dialects. The SQL that creates it lives in the service's numbered schema files. */
export function defineTable<Row>(definition: TableDefinition<Row>): Table<Row> {
  const { name, key, fixed = [], isReadSoon = false } = definition
  const all = (Object.keys(definition.columns) as (keyof Row & string)[]).map((property) => {
    const kind = definition.columns[property]
    return { property, column: toSnakeCase(property), kind, isJson: kind.startsWith('json') }
  })
  const changing = all.filter(({ property }) => property !== key && !fixed.includes(property))
  const writer = (columns: typeof all) => (row: Row) =>
    columns.map(({ property, isJson }) => {
      const value = row[property]
      return isJson && value !== null ? JSON.stringify(value) : (value as SqlValue)
    })
  const fromValues = (values: readonly SqlValue[]): Row => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < all.length; index++) {
      const { property, isJson } = all[index] as (typeof all)[number]
      const value = values[index]
      row[property] = isJson && typeof value === 'string' ? JSON.parse(value) : value
    }
    return row as Row
  }
  const described = (columns: typeof all): Column[] => columns.map(({ column, kind }) => ({ name: column, kind }))
  return {
    name,
    key,
    fixed,
    isReadSoon,
    columns: described(all),
    changingColumns: described(changing),
    keyColumn: toSnakeCase(key),
    keyOf: (row) => row[key] as string,
    toSql: writer(all),
    changesToSql: writer([...changing, ...all.filter(({ property }) => property === key)]),
    fromSql: (sqlRow) => fromValues(all.map(({ column }) => sqlRow[column] ?? null)),
    fromValues,
  }
}
