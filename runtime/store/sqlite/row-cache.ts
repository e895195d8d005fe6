import type { Table } from '../table.ts'

/** Rows of one table in one generation: more than one batch touches, few enough that nobody asks for their memory. */
const generationRows = 2_048

/**
 * Rows as they stand in the file, by table and key: what is changed again and again, or soon after it was inserted, is
 * read and parsed once. Right only for the one connection that writes: it tells what it writes, and has everything
 * forgotten where anything is undone, or written past it.
 */
export interface RowCache {
  get<Row>(table: Table<Row>, key: string): Row | undefined
  /** As read, or as just inserted: plain values, which would come back equal. */
  put<Row>(table: Table<Row>, rows: readonly Row[]): void
  /** As just updated: by key, with what is fixed in its table as it was. */
  replace<Row>(table: Table<Row>, rows: readonly Row[]): void
  forget<Row>(table: Table<Row>, keys: readonly string[]): void
  forgetAll(): void
}

/** The newer one holds what was used since it began; what is in neither was not used for a while. */
interface Generations {
  newer: Map<string, unknown>
  older: Map<string, unknown>
}

export function createRowCache(): RowCache {
  /** By name, then by the object that describes the table: some are described twice, with another key. */
  const generations = new Map<string, Map<object, Generations>>()

  function generationsOf<Row>(table: Table<Row>): Generations {
    const found = generations.get(table.name)?.get(table)
    if (found !== undefined) return found
    const made: Generations = { newer: new Map(), older: new Map() }
    generations.set(table.name, (generations.get(table.name) ?? new Map<object, Generations>()).set(table, made))
    return made
  }

  function keep(of: Generations, key: string, row: unknown): void {
    if (of.newer.size >= generationRows) {
      of.older = of.newer
      of.newer = new Map()
    }
    of.newer.set(key, row)
  }

  function find(of: Generations, key: string): unknown {
    const newer = of.newer.get(key)
    if (newer !== undefined) return newer
    const older = of.older.get(key)
    if (older !== undefined) keep(of, key, older)
    return older
  }

  /**
   * The key stays until its generation goes: a map from which entries are deleted all the time moves to a new table again
   * and again, and once one of those has grown old, the collector takes every later one for alive, with all rows in it.
   */
  function drop(of: Generations, key: string): void {
    if (of.newer.has(key)) of.newer.set(key, undefined)
    if (of.older.has(key)) of.older.set(key, undefined)
  }

  /** Under another key nobody knows which of them were changed. */
  function forgetOtherwise<Row>(table: Table<Row>): void {
    const described = generations.get(table.name)
    if (described === undefined) return
    for (const other of described.keys()) if (other !== table) described.delete(other)
  }

  return {
    get: <Row>(table: Table<Row>, key: string) => find(generationsOf(table), key) as Row | undefined,
    put: (table, rows) => {
      const of = generationsOf(table)
      for (const row of rows) keep(of, table.keyOf(row), row)
    },
    replace: <Row>(table: Table<Row>, rows: readonly Row[]) => {
      forgetOtherwise(table)
      const of = generationsOf(table)
      const isFixedAlike = (before: Row, row: Row): boolean => table.fixed?.every((property) => before[property] === row[property]) ?? true
      for (const row of rows) {
        const key = table.keyOf(row)
        const before = find(of, key) as Row | undefined
        if (before !== undefined && isFixedAlike(before, row)) keep(of, key, row)
        else drop(of, key)
      }
    },
    forget: (table, keys) => {
      forgetOtherwise(table)
      const of = generationsOf(table)
      for (const key of keys) drop(of, key)
    },
    forgetAll: () => generations.clear(),
  }
}
