import type { CheckBooksResponse, Effect, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { unitsBySkuOf } from '@suanpan/contracts/units-by-sku'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { unitsBySku } from './rules.ts'
import { reservations, stock, type ReservationRow, type ReservationState, type StockRow } from './tables.ts'

interface Sums {
  reservedUnits: number
  soldUnits: number
}

/** Invariant 1: every SKU's stock adds up, and is what the reservations say. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  const sums = new Map<string, Sums>()
  await visitPages(read, reservations, clock, (rows) => {
    findings.examined('inventory.reservations', rows.length)
    for (const row of rows) add(sums, row)
  })
  await visitPages(read, stock, clock, (rows) => {
    findings.examined('inventory.stock', rows.length)
    for (const row of rows) {
      for (const detail of stockFaults(row, sums.get(row.sku))) findings.violation({ check: 'inventory.stock', orderId: '', detail })
      sums.delete(row.sku)
    }
  })
  for (const sku of sums.keys()) findings.violation({ check: 'inventory.reservations', orderId: '', detail: `${sku} is reserved but has no stock row` })
  return findings.report()
}

function add(sums: Map<string, Sums>, { state, lines }: ReservationRow): void {
  if (state !== 'held' && state !== 'sold') return
  for (const [sku, units] of unitsBySku(lines)) {
    const sum = sums.get(sku) ?? { reservedUnits: 0, soldUnits: 0 }
    sum[state === 'held' ? 'reservedUnits' : 'soldUnits'] += units
    sums.set(sku, sum)
  }
}

/** What is wrong with one SKU. */
export function stockFaults(row: StockRow, sums: Readonly<Sums> = { reservedUnits: 0, soldUnits: 0 }): string[] {
  const { sku, receivedUnits, availableUnits, reservedUnits, soldUnits } = row
  const faults: string[] = []
  if (receivedUnits !== availableUnits + reservedUnits + soldUnits) {
    faults.push(`${sku}: received ${receivedUnits}, but available ${availableUnits} + reserved ${reservedUnits} + sold ${soldUnits}`)
  }
  if (Math.min(availableUnits, reservedUnits, soldUnits) < 0) faults.push(`${sku}: below zero`)
  if (reservedUnits !== sums.reservedUnits) faults.push(`${sku}: reserved ${reservedUnits}, open reservations hold ${sums.reservedUnits}`)
  if (soldUnits !== sums.soldUnits) faults.push(`${sku}: sold ${soldUnits}, reservations sold ${sums.soldUnits}`)
  return faults
}

const effectStates: { readonly [State in ReservationState]: Effect['state'] } = {
  held: 'EFFECT_STATE_HELD',
  sold: 'EFFECT_STATE_KEPT',
  released: 'EFFECT_STATE_RELEASED',
  refused: 'EFFECT_STATE_REFUSED',
}

export async function listEffects(store: Store, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(store.read, reservations, { keys: orderIds, afterKey: afterOrderId, limit })
  return {
    effects: rows.map(({ orderId, state, lines, takenAt, settledAt }) => {
      const amount = lines.reduce((sum, { quantity }) => sum + quantity, 0)
      return { orderId, state: effectStates[state], amount, subject: '', takenAt, settledAt, unitsBySku: unitsBySkuOf(lines) }
    }),
  }
}
