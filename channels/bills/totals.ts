/** A bill cannot be read, or does not add up; the message says where, without any of its contents. */
export class BillDamaged extends Error {
  override readonly name = 'BillDamaged'
}

/** A row under a bill's header: cells by the name of their column. */
export type BillRow = (column: string) => string

/** The rows under a header line. Throws `BillDamaged` where a row has not as many cells as the header. */
export function rowsUnder(header: readonly string[], lines: readonly (readonly string[])[]): BillRow[] {
  const columns = new Map(header.map((name, index) => [name.trim(), index]))
  return lines.map((cells, index) => {
    if (cells.length !== header.length) throw new BillDamaged(`row ${index + 1} has ${cells.length} cells, the header ${header.length}`)
    return (column) => {
      const at = columns.get(column)
      if (at === undefined) throw new BillDamaged(`there is no column ${column}`)
      return (cells[at] ?? '').trim()
    }
  })
}

/** Throws `BillDamaged` unless the footer says the same as the rows: part of a bill must not pass for all of it. */
export function requireTotals(counted: Readonly<Record<string, number>>, stated: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(counted)) {
    if (stated[name] !== value) throw new BillDamaged(`${name}: the rows give ${value}, the footer ${stated[name] ?? 'nothing'}`)
  }
}
