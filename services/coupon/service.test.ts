import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { couponSchema } from './service.ts'
import { coupon, couponsOn } from './testing.ts'

describeOnEveryEngine({ name: 'coupon', schemas: [couponSchema] }, (open) => {
  test('of several orders in one batch, the first gets the coupon, and gets it again', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1')])
    assert.deepEqual(await coupons.claim({ orderId: 'ord_1' }, { orderId: 'ord_2' }, { orderId: 'ord_1' }), ['CLAIMED 500', 'TAKEN 0', 'CLAIMED 500'])
    assert.deepEqual(await coupons.claim({ orderId: 'ord_2' }, { orderId: 'ord_1', itemsFen: 1 }), ['TAKEN 0', 'CLAIMED 500'])
  })

  test('a cancel frees the coupon once: not again from under the order that claimed it next', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1')])
    await coupons.claim({ orderId: 'ord_1' })
    await coupons.cancel('ord_1', 'ord_1')
    assert.deepEqual(await coupons.claim({ orderId: 'ord_2' }, { orderId: 'ord_1' }), ['CLAIMED 500', 'ALREADY_RELEASED 0'])
    await coupons.cancel('ord_1', 'ord_3')
    assert.deepEqual(await coupons.list(), ['cpn-1 CLAIMED'])
    assert.deepEqual(await coupons.claim({ orderId: 'ord_3', couponId: 'none' }), ['ALREADY_RELEASED 0'])
    assert.deepEqual(Object.fromEntries(coupons.marks), { 'coupon.release.released': 1, 'coupon.release.nothing': 2, 'coupon.release.barred': 1 })
    assert.deepEqual(await coupons.violations(), [])
  })

  test('a full refund returns the coupon once: not again from under the order that claimed it next', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1')])
    await coupons.claim({ orderId: 'ord_1' })
    await coupons.refund(['ord_1', false], ['ord_2', true])
    assert.deepEqual(await coupons.list(), ['cpn-1 CLAIMED'])
    await coupons.refund(['ord_1', true], ['ord_1', true])
    assert.deepEqual(await coupons.claim({ orderId: 'ord_2' }, { orderId: 'ord_1' }), ['CLAIMED 500', 'ALREADY_RELEASED 0'])
    await coupons.refund(['ord_1', true])
    assert.deepEqual(await coupons.list(), ['cpn-1 CLAIMED'])
    assert.deepEqual(Object.fromEntries(coupons.marks), { 'coupon.return.returned': 1, 'coupon.return.nothing': 3 })
    assert.deepEqual(await coupons.violations(), [])
  })

  test('a coupon that has expired by the full refund stays with its order', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1', { expiresAt: 6_000 })])
    await coupons.claim({ orderId: 'ord_1' })
    await coupons.clock.advance(1_000)
    await coupons.refund(['ord_1', true], ['ord_1', true])
    assert.deepEqual(await coupons.claim({ orderId: 'ord_1' }, { orderId: 'ord_2' }), ['CLAIMED 500', 'TAKEN 0'])
    assert.deepEqual(
      (await coupons.effects({ orderIds: ['ord_1'] })).map(({ state }) => state),
      ['EFFECT_STATE_KEPT'],
    )
    assert.deepEqual(await coupons.violations(), [])
  })

  test('time of this service decides whether a coupon is expired', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1', { expiresAt: 6_000 })])
    await coupons.clock.advance(999)
    assert.deepEqual(await coupons.claim({ orderId: 'ord_1' }), ['CLAIMED 500'])
    await coupons.cancel('ord_1')
    await coupons.clock.advance(1)
    assert.deepEqual(await coupons.claim({ orderId: 'ord_2' }), ['EXPIRED 0'])
    assert.deepEqual(await coupons.list(), ['cpn-1 EXPIRED'])
  })

  test('of more coupons than are listed, the usable ones are among them', async () => {
    const old = Array.from({ length: 1_000 }, (_, index) => coupon(`cpn-${1_000 + index}`, { expiresAt: 5_001 }))
    const coupons = await couponsOn(await open(), [...old, coupon('cpn-z', { expiresAt: 6_000 }), coupon('cpn-zz')])
    await coupons.clock.advance(10)
    const listed = await coupons.list()
    assert.deepEqual([listed.length, ...listed.slice(0, 3)], [1_000, 'cpn-z USABLE', 'cpn-zz USABLE', 'cpn-1000 EXPIRED'])
  })

  test('a user sees their own coupons only, in order, and an import says what became of each', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-b'), coupon('cpn-A'), coupon('cpn-c', { userId: 'user-2' })])
    await coupons.claim({ orderId: 'ord_1', couponId: 'cpn-b' })
    assert.deepEqual(await coupons.list(), ['cpn-A USABLE', 'cpn-b CLAIMED'])
    assert.deepEqual(
      await coupons.importCoupons(coupon('cpn-A'), coupon('cpn-b', { discountFen: 1 }), coupon('cpn-c', { discountFen: 1 }), coupon('cpn-d'), coupon('cpn-d')),
      ['cpn-A UNCHANGED', 'cpn-b CONFLICT', 'cpn-c UPDATED', 'cpn-d CREATED', 'cpn-d UNCHANGED'],
    )
  })

  test('of many orders at once, one has the coupon at the end, and every answer was the one that counts', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1'), coupon('cpn-2')])
    const claimings = Array.from({ length: 30 }, (_, index) => ({ orderId: `ord_${index % 15}`, couponId: index % 2 === 0 ? 'cpn-1' : 'cpn-2' }))
    const answers = (await Promise.all(claimings.map((claiming) => coupons.claim(claiming)))).flat()
    const effects = await coupons.effects({})
    const held = effects.filter(({ state }) => state === 'EFFECT_STATE_HELD')
    assert.deepEqual(held.map(({ subject }) => subject).sort(), ['cpn-1', 'cpn-2'])
    const holders = new Set(held.map(({ orderId }) => orderId))
    assert.deepEqual(
      answers,
      claimings.map(({ orderId }) => (holders.has(orderId) ? 'CLAIMED 500' : 'TAKEN 0')),
    )
    assert.deepEqual(await coupons.violations(), [])
  })

  test('effects say which coupon, and how much it took off', async () => {
    const coupons = await couponsOn(await open(), [coupon('cpn-1')])
    await coupons.claim({ orderId: 'ord_1', itemsFen: 300 }, { orderId: 'ord_2' })
    await coupons.cancel('ord_3')
    assert.deepEqual(await coupons.effects({}), [
      { orderId: 'ord_1', state: 'EFFECT_STATE_HELD', subject: 'cpn-1', amount: 300, takenAt: 5_000, settledAt: 0 },
      { orderId: 'ord_2', state: 'EFFECT_STATE_REFUSED', subject: 'cpn-1', amount: 0, takenAt: 5_000, settledAt: 5_000 },
      { orderId: 'ord_3', state: 'EFFECT_STATE_RELEASED', subject: '', amount: 0, takenAt: 5_000, settledAt: 5_000 },
    ])
  })
})
