import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import fc from 'fast-check'
import { inventorySchema } from './service.ts'
import { unitsBySku } from './rules.ts'
import type { Line, ReservationState } from './tables.ts'
import { inventoryOn } from './testing.ts'

type StockLevel = { [sku: string]: number }

interface Step {
  readonly kind: 'reserve' | 'cancel' | 'pay'
  readonly orderIds: readonly string[]
}

const orderIds = ['ord_1', 'ord_2', 'ord_3', 'ord_4']
const line = fc.record({ sku: fc.constantFrom('TEA', 'CUP'), quantity: fc.integer({ min: 1, max: 3 }) })
const histories = fc.record({
  stock: fc.record({ TEA: fc.nat(8), CUP: fc.nat(8) }),
  linesOf: fc.tuple(...orderIds.map(() => fc.array(line, { minLength: 1, maxLength: 3 }))),
  steps: fc.array(
    fc.record({ kind: fc.constantFrom('reserve', 'cancel', 'pay'), orderIds: fc.array(fc.constantFrom(...orderIds), { minLength: 1, maxLength: 6 }) }),
    { maxLength: 12 },
  ),
})

/** What should happen, one order at a time, without batches, rows or guards. */
function referenceOf(available: StockLevel, linesOf: ReadonlyMap<string, readonly Line[]>) {
  const states = new Map<string, ReservationState>()
  const move = (orderId: string, sign: 1 | -1) => {
    for (const [sku, units] of unitsBySku(linesOf.get(orderId) ?? [])) available[sku] = (available[sku] ?? 0) + sign * units
  }
  return {
    states,
    reserve: (orderId: string): string => {
      const known = states.get(orderId)
      if (known !== undefined) return known === 'released' ? 'ALREADY_RELEASED' : known === 'refused' ? 'OUT_OF_STOCK' : 'RESERVED'
      const enough = [...unitsBySku(linesOf.get(orderId) ?? [])].every(([sku, units]) => (available[sku] ?? 0) >= units)
      if (enough) move(orderId, -1)
      states.set(orderId, enough ? 'held' : 'refused')
      return enough ? 'RESERVED' : 'OUT_OF_STOCK'
    },
    cancel: (orderId: string): string => {
      const known = states.get(orderId)
      if (known === 'held') move(orderId, 1)
      if (known === undefined || known === 'held') states.set(orderId, 'released')
      return 'done'
    },
    pay: (orderId: string): string => {
      const known = states.get(orderId)
      if (known === 'held') states.set(orderId, 'sold')
      return known === 'held' || known === 'sold' ? 'done' : 'retry'
    },
  }
}

test('takings, cancels and payments in any order, doubled and batched, have the effect of each order once', async () => {
  const property = async (stock: StockLevel, linesOf: ReadonlyMap<string, readonly Line[]>, steps: readonly Step[]) => {
    const store = openMemoryStore({ name: 'inventory', schemas: [inventorySchema] })
    const inventory = await inventoryOn(store, stock)
    const ask = async ({ kind, orderIds: asked }: Step): Promise<readonly string[]> => {
      if (kind === 'pay') return inventory.pay(...asked)
      if (kind === 'cancel') return (await inventory.cancel(...asked)).map((verdict) => verdict.kind)
      return inventory.reserve(
        ...asked.map((orderId) => [orderId, ...(linesOf.get(orderId) ?? []).map(({ sku, quantity }) => [sku, quantity] as const)] as const),
      )
    }
    const answers = await Promise.all(steps.map(ask))

    const available = { ...stock }
    const reference = referenceOf(available, linesOf)
    assert.deepEqual(
      answers,
      steps.map(({ kind, orderIds: asked }) => asked.map((orderId) => reference[kind](orderId))),
    )
    assert.deepEqual(await inventory.available('TEA', 'CUP'), [available['TEA'], available['CUP']])
    assert.equal((await inventory.effects({})).length, reference.states.size)
    assert.deepEqual(await inventory.violations(), [])
    await store.close()
  }
  await fc.assert(
    fc.asyncProperty(histories, ({ stock, linesOf, steps }) =>
      property(stock, new Map(orderIds.map((orderId, index) => [orderId, linesOf[index] ?? []])), steps),
    ),
    { numRuns: 150 },
  )
})
