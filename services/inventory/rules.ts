/**
 * A reservation's life, one row per order:
 *
 * `held`: all lines of the order are taken from what is available.
 * `sold`: the order was paid; what was reserved left the shop for good.
 * `released`: the order was cancelled; what was held is available again. Also written for an order that never took
 * anything (a tombstone), so that a taking that comes too late finds it and is refused.
 * `refused`: there was not enough. Kept, so that asking again gets the same answer.
 *
 * Only `held` leads anywhere: to `sold` or to `released`.
 */
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { ReserveOutcome, StockDeclaration } from '@suanpan/contracts/inventory'
import type { Change, Declared } from '@suanpan/runtime/store'
import type { Line, ReservationRow, StockRow } from './tables.ts'

type ReservationChange<Outcome> = Change<ReservationRow, StockRow, Outcome>
type StockOf = ReadonlyMap<string, StockRow>

export interface Request {
  readonly orderId: string
  readonly lines: readonly Line[]
  readonly at: number
}

export interface ReserveAnswer {
  readonly outcome: ReserveOutcome
  /** Absent the first time. `otherwise`: the same order asked for other lines than it has, which no correct caller does. */
  readonly repeated?: 'alike' | 'otherwise'
}

/** An order whose fate is known. */
export interface Settling {
  readonly orderId: string
  readonly at: number
}

/** Takes all lines or none. The same order again gets the answer of the first time. */
export function decideReserve(request: Request, known: ReservationRow | undefined, stockOf: StockOf): ReservationChange<ReserveAnswer> {
  const { orderId, lines, at } = request
  if (known !== undefined) return { outcome: repeatedAnswer(known, lines) }
  const wanted = unitsBySku(lines)
  const taken: StockRow[] = []
  for (const [sku, units] of wanted) {
    const row = stockOf.get(sku)
    // There is nothing to take less than one unit of: a negative quantity would give stock to a stranger.
    if (row === undefined || units < 1 || row.availableUnits < units) {
      return { outcome: { outcome: 'RESERVE_OUTCOME_OUT_OF_STOCK' }, guard: { orderId, state: 'refused', lines: [], takenAt: at, settledAt: at } }
    }
    taken.push({ ...row, availableUnits: row.availableUnits - units, reservedUnits: row.reservedUnits + units })
  }
  return { outcome: { outcome: 'RESERVE_OUTCOME_RESERVED' }, guard: { orderId, state: 'held', lines, takenAt: at, settledAt: 0 }, books: taken }
}

function repeatedAnswer({ state, lines }: ReservationRow, asked: readonly Line[]): ReserveAnswer {
  switch (state) {
    case 'held':
    case 'sold':
      return { outcome: 'RESERVE_OUTCOME_RESERVED', repeated: alike(lines, asked) ? 'alike' : 'otherwise' }
    case 'refused':
      return { outcome: 'RESERVE_OUTCOME_OUT_OF_STOCK', repeated: 'alike' }
    case 'released':
      return { outcome: 'RESERVE_OUTCOME_ALREADY_RELEASED', repeated: 'alike' }
  }
}

function alike(lines: readonly Line[], others: readonly Line[]): boolean {
  return lines.length === others.length && lines.every(({ sku, quantity }, index) => sku === others[index]?.sku && quantity === others[index].quantity)
}

/** Gives back what a cancelled order holds, or bars what it has not taken yet. */
export function decideRelease(
  { orderId, at }: Settling,
  known: ReservationRow | undefined,
  stockOf: StockOf,
): ReservationChange<'released' | 'barred' | 'nothing'> {
  if (known === undefined) return { outcome: 'barred', guard: { orderId, state: 'released', lines: [], takenAt: at, settledAt: at } }
  if (known.state !== 'held') return { outcome: 'nothing' }
  const givenBack = [...unitsBySku(known.lines)].map(([sku, units]) => {
    const row = knownStock(stockOf, sku)
    return { ...row, availableUnits: row.availableUnits + units, reservedUnits: row.reservedUnits - units }
  })
  return { outcome: 'released', guard: { ...known, state: 'released', settledAt: at }, books: givenBack }
}

/** What a paid order holds is sold. `missing`: there is nothing to sell, which no correct history leads to. */
export function decideSale({ at }: Settling, known: ReservationRow | undefined, stockOf: StockOf): ReservationChange<'sold' | 'nothing' | 'missing'> {
  if (known === undefined || known.state === 'refused' || known.state === 'released') return { outcome: 'missing' }
  if (known.state === 'sold') return { outcome: 'nothing' }
  const sold = [...unitsBySku(known.lines)].map(([sku, units]) => {
    const row = knownStock(stockOf, sku)
    return { ...row, reservedUnits: row.reservedUnits - units, soldUnits: row.soldUnits + units }
  })
  return { outcome: 'sold', guard: { ...known, state: 'sold', settledAt: at }, books: sold }
}

/** Declares how many units were ever received. Fewer than are taken by now is a conflict. */
export function decideReceived(known: StockRow | undefined, { sku, receivedUnits }: StockDeclaration): Declared<StockRow, ImportOutcome> {
  if (known === undefined) {
    return { outcome: 'IMPORT_OUTCOME_CREATED', row: { sku, receivedUnits, availableUnits: receivedUnits, reservedUnits: 0, soldUnits: 0 } }
  }
  if (known.receivedUnits === receivedUnits) return { outcome: 'IMPORT_OUTCOME_UNCHANGED' }
  const availableUnits = known.availableUnits + receivedUnits - known.receivedUnits
  if (availableUnits < 0) return { outcome: 'IMPORT_OUTCOME_CONFLICT' }
  return { outcome: 'IMPORT_OUTCOME_UPDATED', row: { ...known, receivedUnits, availableUnits } }
}

/** One SKU may stand in several lines of an order. */
export function unitsBySku(lines: readonly Line[]): Map<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}

function knownStock(stockOf: StockOf, sku: string): StockRow {
  const row = stockOf.get(sku)
  if (row === undefined) throw new Error(`a reservation holds ${sku}, which has no stock row`)
  return row
}
