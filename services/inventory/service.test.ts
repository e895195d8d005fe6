import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { inventorySchema } from './service.ts'
import { inventoryOn } from './testing.ts'

describeOnEveryEngine({ name: 'inventory', schemas: [inventorySchema] }, (open) => {
  test('orders of one batch are decided in turn on what is left', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 3, CUP: 9 })
    const outcomes = await inventory.reserve(
      ['ord_1', ['TEA', 2]],
      ['ord_2', ['CUP', 1], ['TEA', 2]],
      ['ord_1', ['TEA', 2]],
      ['ord_3', ['TEA', 1]],
      ['ord_4', ['TEA', 1]],
    )
    assert.deepEqual(outcomes, ['RESERVED', 'OUT_OF_STOCK', 'RESERVED', 'RESERVED', 'OUT_OF_STOCK'])
    assert.deepEqual(await inventory.available('TEA', 'CUP', 'none'), [0, 9, 0])
    assert.equal(inventory.marks.get('inventory.reserve.repeated_alike'), 1)
  })

  test('a refusal stays one, though there is stock by now', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 1 })
    assert.deepEqual(await inventory.reserve(['ord_1', ['TEA', 2]]), ['OUT_OF_STOCK'])
    assert.deepEqual(await inventory.importStock({ TEA: 9 }), ['TEA UPDATED'])
    assert.deepEqual(await inventory.reserve(['ord_1', ['TEA', 2]]), ['OUT_OF_STOCK'])
    assert.deepEqual(await inventory.available('TEA'), [9])
  })

  test('a cancel gives back once, however often it comes, and what comes after it takes nothing', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 5 })
    await inventory.reserve(['ord_1', ['TEA', 2]])
    await inventory.cancel('ord_1', 'ord_1', 'ord_2')
    await inventory.cancel('ord_1')
    assert.deepEqual(await inventory.reserve(['ord_1', ['TEA', 2]], ['ord_2', ['TEA', 2]]), ['ALREADY_RELEASED', 'ALREADY_RELEASED'])
    assert.deepEqual(await inventory.available('TEA'), [5])
    assert.deepEqual(Object.fromEntries(inventory.marks), {
      'inventory.release.released': 1,
      'inventory.release.nothing': 2,
      'inventory.release.barred': 1,
      'inventory.reserve.repeated_alike': 2,
    })
  })

  test('what is sold stays sold, and what is released or unknown is not sold: such a message comes again', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 5 })
    await inventory.reserve(['ord_1', ['TEA', 2]], ['ord_2', ['TEA', 1]])
    await inventory.cancel('ord_2')
    assert.deepEqual(await inventory.pay('ord_1', 'ord_1', 'ord_2', 'ord_3'), ['done', 'done', 'retry', 'retry'])
    await inventory.cancel('ord_1')
    assert.deepEqual(await inventory.available('TEA'), [3])
    assert.deepEqual(await inventory.importStock({ TEA: 1, CUP: 0 }), ['TEA CONFLICT', 'CUP CREATED'])
    assert.deepEqual(await inventory.violations(), [])
  })

  test('concurrent calls for a hot SKU, doubled and crossed by cancels, keep the books', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 30, CUP: 30 })
    const orderIds = Array.from({ length: 40 }, (_, index) => `ord_${index}`)
    const lines = (index: number) =>
      index % 2 === 0
        ? ([
            ['TEA', 1],
            ['CUP', 1],
          ] as const)
        : ([
            ['CUP', 1],
            ['TEA', 1],
          ] as const)
    const calls = orderIds.flatMap((orderId, index) => [
      inventory.reserve([orderId, ...lines(index)]),
      inventory.reserve([orderId, ...lines(index)]),
      ...(index % 3 === 0 ? [inventory.cancel(orderId)] : []),
    ])
    await Promise.all(calls)
    const effects = await inventory.effects({})
    const held = effects.filter(({ state }) => state === 'EFFECT_STATE_HELD').length
    assert.equal(effects.length, 40)
    assert.ok(held <= 30)
    assert.deepEqual(await inventory.available('TEA', 'CUP'), [30 - held, 30 - held])
    assert.deepEqual(await inventory.violations(), [])
  })

  test('effects are listed by page, in order, or for certain orders', async () => {
    const inventory = await inventoryOn(await open(), { TEA: 9 })
    await inventory.reserve(['ord_c', ['TEA', 2], ['TEA', 1]], ['ord_a', ['TEA', 100]], ['ord_B', ['TEA', 1]])
    await inventory.pay('ord_B')
    await inventory.cancel('ord_d')
    const summary = (effects: Awaited<ReturnType<typeof inventory.effects>>) =>
      effects.map(({ orderId, state, amount, settledAt }) => [orderId, state.replace('EFFECT_STATE_', ''), amount, settledAt])
    const all = [
      ['ord_B', 'KEPT', 1, 5_000],
      ['ord_a', 'REFUSED', 0, 5_000],
      ['ord_c', 'HELD', 3, 0],
      ['ord_d', 'RELEASED', 0, 5_000],
    ]
    assert.deepEqual(summary(await inventory.effects({})), all)
    assert.deepEqual(summary(await inventory.effects({ limit: 2 })), all.slice(0, 2))
    assert.deepEqual(summary(await inventory.effects({ afterOrderId: 'ord_a' })), all.slice(2))
    assert.deepEqual(summary(await inventory.effects({ orderIds: ['ord_c', 'ord_x'] })), all.slice(2, 3))
  })
})
