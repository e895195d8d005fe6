import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { stockFaults } from './books.ts'
import { inventorySchema } from './service.ts'
import { inventoryOn } from './testing.ts'

test('a stock row is faultless only if it adds up and is what the reservations say', () => {
  const row = { sku: 'TEA', receivedUnits: 10, availableUnits: 5, reservedUnits: 3, soldUnits: 2 }
  const cases = [
    { change: {}, sums: { reservedUnits: 3, soldUnits: 2 }, faults: [] },
    { change: { receivedUnits: 9 }, sums: { reservedUnits: 3, soldUnits: 2 }, faults: ['TEA: received 9, but available 5 + reserved 3 + sold 2'] },
    { change: { availableUnits: -1, receivedUnits: 4 }, sums: { reservedUnits: 3, soldUnits: 2 }, faults: ['TEA: below zero'] },
    { change: {}, sums: { reservedUnits: 2, soldUnits: 2 }, faults: ['TEA: reserved 3, open reservations hold 2'] },
    { change: {}, sums: { reservedUnits: 3, soldUnits: 1 }, faults: ['TEA: sold 2, reservations sold 1'] },
    { change: {}, sums: undefined, faults: ['TEA: reserved 3, open reservations hold 0', 'TEA: sold 2, reservations sold 0'] },
  ]
  for (const { change, sums, faults } of cases) assert.deepEqual(stockFaults({ ...row, ...change }, sums), faults)
})

test('damage that every constraint lets pass is found and named', async () => {
  const cases = [
    {
      damage: `UPDATE stock SET reserved_units = reserved_units + 1, available_units = available_units - 1 WHERE sku = 'TEA'`,
      found: ['TEA: reserved 3, open reservations hold 2'],
    },
    { damage: `UPDATE reservation SET state = 'released' WHERE order_id = 'ord_1'`, found: ['TEA: reserved 2, open reservations hold 0'] },
    { damage: `UPDATE reservation SET lines = '[{"sku":"TEA","quantity":4}]' WHERE order_id = 'ord_2'`, found: ['TEA: sold 3, reservations sold 4'] },
    { damage: `DELETE FROM stock`, found: ['TEA is reserved but has no stock row'] },
    { damage: `DELETE FROM reservation`, found: ['TEA: reserved 2, open reservations hold 0', 'TEA: sold 3, reservations sold 0'] },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'inventory', schemas: [inventorySchema] })
    const inventory = await inventoryOn(store, { TEA: 9 })
    await inventory.reserve(['ord_1', ['TEA', 2]], ['ord_2', ['TEA', 1], ['TEA', 2]], ['ord_3', ['TEA', 99]])
    await inventory.pay('ord_2')
    assert.deepEqual(await inventory.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(await inventory.violations(), found)
    await store.close()
  }
})
