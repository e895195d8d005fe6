import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measure, medianOf, remarksOn } from './measure.ts'
import { withFakeShop } from './testing.ts'

const measuredOf = (statuses: readonly number[]) => {
  let nth = 0
  const answer = () => ({ status: statuses[nth++ % statuses.length] ?? 0, body: { code: 'out_of_stock' } })
  return withFakeShop(answer, (target) =>
    measure({ program: { ...target, cpuMs: () => 0 }, shop: { tokens: ['token'], skus: ['one', 'other'] }, hotShare: 0, durationMs: 100, connections: 2 }),
  )
}

test('orders placed are counted, and nothing is to be remarked', async () => {
  const measured = await measuredOf([201])
  assert.ok(measured.orders > 0)
  assert.deepEqual([measured.otherwise, remarksOn(measured)], [{}, ''])
})

test('a shop that refuses everything places no orders, however fast', async () => {
  const { orders, ordersPerSecond, otherwise } = await measuredOf([409])
  assert.deepEqual([orders, ordersPerSecond, Object.keys(otherwise)], [0, 0, ['409 out_of_stock']])
})

test('what is only accepted is told, and counted as no order, in each round', async () => {
  const rounds = [await measuredOf([201, 202]), await measuredOf([201]), await measuredOf([201])]
  const { otherwise, ordersPerSecond } = medianOf(rounds)
  assert.ok(ordersPerSecond > 0)
  assert.deepEqual(otherwise, rounds[0]?.otherwise)
  assert.match(remarksOn({ unsent: 0, otherwise }), /^ {2}NOT PLACED: \d+ × 202$/)
})
