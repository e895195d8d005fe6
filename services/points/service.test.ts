import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { pointsSchema } from './service.ts'
import { pointsOn } from './testing.ts'

describeOnEveryEngine({ name: 'points', schemas: [pointsSchema] }, (open) => {
  test('a paid order gets its points once, however often it is said', async () => {
    const service = pointsOn(await open())
    assert.deepEqual(await service.pay(['ord_1', 'user-1', 950], ['ord_1', 'user-1', 950], ['ord_2', 'user-2', 100]), ['done', 'done', 'done'])
    assert.equal(service.marks.get('points.duplicate_dropped'), 1)
    assert.deepEqual(await service.pay(['ord_1', 'user-1', 950], ['ord_3', 'user-1', 199]), ['done', 'done'])
    assert.equal(service.marks.get('points.duplicate_dropped'), 2)
    assert.deepEqual(await service.points('user-2', 'user-1', 'nobody', 'user-1'), [1, 10, 0, 10])
    assert.deepEqual(await service.violations(), [])
  })

  test('concurrent messages about new and known users, doubled, grant each order once', async () => {
    const service = pointsOn(await open())
    const paid = Array.from({ length: 40 }, (_, index) => [`ord_${index % 20}`, `user-${index % 4}`, 100 * (1 + (index % 20))] as const)
    await Promise.all(paid.map((order) => service.pay(order)))
    const total = (await service.points('user-0', 'user-1', 'user-2', 'user-3')).reduce((sum, points) => sum + points, 0)
    assert.equal(total, (20 * 21) / 2)
    assert.equal(service.marks.get('points.duplicate_dropped'), 20)
    assert.deepEqual(await service.violations(), [])
  })

  test('refunds take points back exactly: each once, each its share, all of them together everything', async () => {
    const service = pointsOn(await open())
    await service.pay(['ord_1', 'user-1', 1_099], ['ord_2', 'user-1', 500])
    assert.deepEqual(await service.refund(['rf_1', 'ord_1', 333], ['rf_1', 'ord_1', 333], ['rf_2', 'ord_1', 333]), ['done', 'done', 'done'])
    assert.deepEqual(await service.points('user-1'), [15 - 6])
    assert.deepEqual(await service.refund(['rf_2', 'ord_1', 333], ['rf_3', 'ord_1', 433]), ['done', 'done'])
    assert.deepEqual(await service.points('user-1'), [5])
    assert.deepEqual(await service.refund(['rf_4', 'ord_1', 1]), ['poison'])
    assert.deepEqual(
      (await service.effects()).map(({ orderId, amount }) => [orderId, amount]),
      [
        ['ord_1', 0],
        ['ord_2', 5],
      ],
    )
    assert.deepEqual(await service.violations(), [])
  })

  test('a refund that comes before the grant waits for it', async () => {
    const service = pointsOn(await open())
    assert.deepEqual(await service.refund(['rf_1', 'ord_1', 250]), ['retry'])
    await service.pay(['ord_1', 'user-1', 500])
    assert.deepEqual(await service.refund(['rf_1', 'ord_1', 250]), ['done'])
    assert.deepEqual(await service.points('user-1'), [3])
    assert.deepEqual(await service.violations(), [])
  })

  test('concurrent refunds of one order, doubled, beside grants of the same user, take back what they are worth', async () => {
    const service = pointsOn(await open())
    await service.pay(['ord_1', 'user-1', 2_050])
    const refunds = Array.from({ length: 40 }, (_, index) => [`rf_${index % 20}`, 'ord_1', 100] as const)
    await Promise.all([...refunds.map((refund) => service.refund(refund)), service.pay(['ord_2', 'user-1', 700])])
    assert.deepEqual(await service.points('user-1'), [20 - 19 + 7])
    await service.refund(['rf_last', 'ord_1', 50])
    assert.deepEqual(await service.points('user-1'), [7])
    assert.deepEqual(await service.violations(), [])
  })

  test('concurrent refunds of several orders of one user take back each its share', async () => {
    const service = pointsOn(await open())
    const orders = Array.from({ length: 20 }, (_, index) => `ord_${index}`)
    await service.pay(...orders.map((orderId) => [orderId, 'user-1', 1_000] as const))
    await Promise.all(orders.map((orderId) => service.refund([`rf_${orderId}`, orderId, 300])))
    assert.deepEqual(await service.points('user-1'), [20 * 7])
    assert.deepEqual(await service.violations(), [])
  })

  test('effects are the grants', async () => {
    const service = pointsOn(await open())
    await service.pay(['ord_2', 'user-1', 50], ['ord_1', 'user-1', 300])
    assert.deepEqual(await service.effects(), [
      { orderId: 'ord_1', state: 'EFFECT_STATE_KEPT', amount: 3, subject: 'user-1', takenAt: 5_000, settledAt: 5_000 },
      { orderId: 'ord_2', state: 'EFFECT_STATE_KEPT', amount: 0, subject: 'user-1', takenAt: 5_000, settledAt: 5_000 },
    ])
  })
})
