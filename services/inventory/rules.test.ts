import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideReceived, decideRelease, decideReserve, decideSale } from './rules.ts'
import type { Line, ReservationRow, ReservationState, StockRow } from './tables.ts'

function stockRow(sku: string, availableUnits: number, reservedUnits = 0, soldUnits = 0): StockRow {
  return { sku, receivedUnits: availableUnits + reservedUnits + soldUnits, availableUnits, reservedUnits, soldUnits }
}

function stockOf(...rows: StockRow[]): Map<string, StockRow> {
  return new Map(rows.map((row) => [row.sku, row]))
}

function reservation(state: ReservationState, lines: readonly Line[]): ReservationRow {
  return { orderId: 'ord_1', state, lines, takenAt: 1_000, settledAt: state === 'held' ? 0 : 2_000 }
}

const twoTeas: readonly Line[] = [{ sku: 'TEA', quantity: 2 }]

test('a reservation takes all lines or none, once for each order', () => {
  const cases: {
    known?: ReservationRow
    lines: readonly Line[]
    stock: Map<string, StockRow>
    outcome: string
    repeated?: string
    state?: ReservationState
  }[] = [
    { known: reservation('released', []), lines: twoTeas, stock: stockOf(stockRow('TEA', 9)), outcome: 'ALREADY_RELEASED', repeated: 'alike' },
    { known: reservation('refused', []), lines: twoTeas, stock: stockOf(stockRow('TEA', 9)), outcome: 'OUT_OF_STOCK', repeated: 'alike' },
    { known: reservation('held', twoTeas), lines: twoTeas, stock: stockOf(stockRow('TEA', 9)), outcome: 'RESERVED', repeated: 'alike' },
    { known: reservation('sold', twoTeas), lines: twoTeas, stock: stockOf(stockRow('TEA', 0)), outcome: 'RESERVED', repeated: 'alike' },
    { known: reservation('held', twoTeas), lines: [], stock: stockOf(), outcome: 'RESERVED', repeated: 'otherwise' },
    { known: reservation('held', twoTeas), lines: [{ sku: 'TEA', quantity: 3 }], stock: stockOf(), outcome: 'RESERVED', repeated: 'otherwise' },
    { known: reservation('held', twoTeas), lines: [{ sku: 'CUP', quantity: 2 }], stock: stockOf(), outcome: 'RESERVED', repeated: 'otherwise' },
    { lines: twoTeas, stock: stockOf(), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: [{ sku: 'TEA', quantity: 0 }], stock: stockOf(stockRow('TEA', 9, 5)), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: [{ sku: 'TEA', quantity: -1 }], stock: stockOf(stockRow('TEA', 9, 5)), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: twoTeas, stock: stockOf(stockRow('TEA', 1, 5)), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: [...twoTeas, { sku: 'CUP', quantity: 1 }], stock: stockOf(stockRow('TEA', 9), stockRow('CUP', 0)), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: [...twoTeas, ...twoTeas], stock: stockOf(stockRow('TEA', 3)), outcome: 'OUT_OF_STOCK', state: 'refused' },
    { lines: twoTeas, stock: stockOf(stockRow('TEA', 2)), outcome: 'RESERVED', state: 'held' },
  ]
  for (const { known, lines, stock, outcome, repeated, state } of cases) {
    const change = decideReserve({ orderId: 'ord_1', lines, at: 1_000 }, known, stock)
    assert.equal(change.outcome.outcome, `RESERVE_OUTCOME_${outcome}`)
    assert.equal(change.outcome.repeated, repeated)
    assert.equal(change.guard?.state, state)
    if (state !== 'held') assert.equal(change.books, undefined, 'stock moves only where something is taken')
  }
})

test('what is taken moves from available to reserved, one SKU in several lines counted together', () => {
  const lines = [...twoTeas, { sku: 'CUP', quantity: 1 }, { sku: 'TEA', quantity: 3 }]
  const { guard, books } = decideReserve({ orderId: 'ord_1', lines, at: 1_000 }, undefined, stockOf(stockRow('TEA', 5, 1), stockRow('CUP', 4)))
  assert.deepEqual(books, [stockRow('TEA', 0, 6), stockRow('CUP', 3, 1)])
  assert.deepEqual(guard, { orderId: 'ord_1', state: 'held', lines, takenAt: 1_000, settledAt: 0 })
})

test('only what is held is given back, and a cancel that comes first bars the taking', () => {
  const cases: { known?: ReservationRow; outcome: string; stock?: StockRow[] }[] = [
    { outcome: 'barred' },
    { known: reservation('refused', []), outcome: 'nothing' },
    { known: reservation('released', twoTeas), outcome: 'nothing' },
    { known: reservation('sold', twoTeas), outcome: 'nothing' },
    { known: reservation('held', [...twoTeas, ...twoTeas]), outcome: 'released', stock: [stockRow('TEA', 5, 2)] },
  ]
  for (const { known, outcome, stock } of cases) {
    const change = decideRelease({ orderId: 'ord_1', at: 2_000 }, known, stockOf(stockRow('TEA', 1, 6)))
    assert.equal(change.outcome, outcome)
    assert.equal(change.guard?.state, outcome === 'nothing' ? undefined : 'released')
    assert.deepEqual(change.books, stock)
  }
})

test('only what is held is sold; a paid order that holds nothing is no correct history', () => {
  const cases: { known?: ReservationRow; outcome: string; stock?: StockRow[] }[] = [
    { outcome: 'missing' },
    { known: reservation('refused', []), outcome: 'missing' },
    { known: reservation('released', twoTeas), outcome: 'missing' },
    { known: reservation('sold', twoTeas), outcome: 'nothing' },
    { known: reservation('held', twoTeas), outcome: 'sold', stock: [stockRow('TEA', 1, 4, 2)] },
  ]
  for (const { known, outcome, stock } of cases) {
    const change = decideSale({ orderId: 'ord_1', at: 2_000 }, known, stockOf(stockRow('TEA', 1, 6)))
    assert.equal(change.outcome, outcome)
    assert.equal(change.guard?.state, outcome === 'sold' ? 'sold' : undefined)
    assert.deepEqual(change.books, stock)
  }
})

test('received units are declared; fewer than are taken by now is a conflict', () => {
  const cases: { known?: StockRow; receivedUnits: number; outcome: string; row?: StockRow }[] = [
    { receivedUnits: 7, outcome: 'CREATED', row: stockRow('TEA', 7) },
    { known: stockRow('TEA', 3, 2, 1), receivedUnits: 6, outcome: 'UNCHANGED' },
    { known: stockRow('TEA', 3, 2, 1), receivedUnits: 2, outcome: 'CONFLICT' },
    { known: stockRow('TEA', 3, 2, 1), receivedUnits: 3, outcome: 'UPDATED', row: stockRow('TEA', 0, 2, 1) },
    { known: stockRow('TEA', 3, 2, 1), receivedUnits: 10, outcome: 'UPDATED', row: stockRow('TEA', 7, 2, 1) },
  ]
  for (const { known, receivedUnits, outcome, row } of cases) {
    assert.deepEqual(
      decideReceived(known, { sku: 'TEA', receivedUnits }),
      row === undefined ? { outcome: `IMPORT_OUTCOME_${outcome}` } : { outcome: `IMPORT_OUTCOME_${outcome}`, row },
    )
  }
})
