import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { couponSchema } from './service.ts'
import { coupon, couponsOn } from './testing.ts'

test('damage that every constraint lets pass is found and named', async () => {
  const nobodyHolds = 'ord_1 holds cpn-1, which says it is held by nobody'
  const cases = [
    { damage: `UPDATE coupon SET holder_order_id = NULL WHERE coupon_id = 'cpn-1'`, found: [nobodyHolds] },
    {
      damage: `UPDATE coupon SET holder_order_id = 'ord_9' WHERE coupon_id = 'cpn-2'`,
      found: ['ord_9 cpn-2 says it is held by this order, which has no claim'],
    },
    { damage: `UPDATE coupon_claim SET state = 'released'`, found: ['ord_1 cpn-1 says it is held by this order, whose claim is released'] },
    {
      damage: `UPDATE coupon SET holder_order_id = 'ord_1' WHERE coupon_id = 'cpn-2'`,
      found: ['ord_1 cpn-2 says it is held by this order, which holds cpn-1'],
    },
    {
      damage: `UPDATE coupon_claim SET state = 'held', coupon_id = 'cpn-1' WHERE order_id = 'ord_2'`,
      found: ['ord_2 holds cpn-1, which says it is held by ord_1'],
    },
    { damage: `UPDATE coupon SET user_id = 'user-2' WHERE coupon_id = 'cpn-1'`, found: ['ord_1 holds cpn-1 for user-1, but its owner is user-2'] },
    { damage: `UPDATE coupon_claim SET discount_fen = 501 WHERE order_id = 'ord_1'`, found: ['ord_1 gets 501 fen off with cpn-1, which is worth 500'] },
    { damage: `DELETE FROM coupon WHERE coupon_id = 'cpn-1'`, found: ['ord_1 holds cpn-1, which does not exist'] },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'coupon', schemas: [couponSchema] })
    const coupons = await couponsOn(store, [coupon('cpn-1'), coupon('cpn-2')])
    await coupons.claim({ orderId: 'ord_1' }, { orderId: 'ord_2', couponId: 'none' })
    assert.deepEqual(await coupons.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(await coupons.violations(), found)
    await store.close()
  }
})
