import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { pointsSchema } from './service.ts'
import { pointsOn } from './testing.ts'

test('damage that every constraint lets pass is found and named', async () => {
  const cases = [
    { damage: 'UPDATE points_account SET points = 9', found: ['user-1 has 9 points, the grants say 7'] },
    { damage: `UPDATE points_grant SET points = 4 WHERE order_id = 'ord_1'`, found: ['4 points for 300 fen', 'user-1 has 7 points, the grants say 8'] },
    { damage: `DELETE FROM points_grant WHERE order_id = 'ord_1'`, found: ['user-1 has 7 points, the grants say 4'] },
    {
      damage: `UPDATE points_reversal SET amount_fen = 30, points = 0`,
      found: ['refunds of 150 fen, the reversals say 30', '1 points taken back, the reversals say 0'],
    },
    {
      damage: `UPDATE points_grant SET taken_back_points = 2 WHERE order_id = 'ord_2'`,
      found: ['2 points taken back, the reversals say 1', '2 points taken back for 150 of 500 fen', 'user-1 has 7 points, the grants say 6'],
    },
    {
      damage: `DELETE FROM points_grant WHERE order_id = 'ord_2'`,
      found: ['points were taken back that were never granted', 'user-1 has 7 points, the grants say 3'],
    },
    { damage: 'DELETE FROM points_account', found: ['user-1 was granted points but has no account'] },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'points', schemas: [pointsSchema] })
    const service = pointsOn(store)
    await service.pay(['ord_1', 'user-1', 300], ['ord_2', 'user-1', 500])
    await service.refund(['rf_1', 'ord_2', 150])
    assert.deepEqual(await service.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(await service.violations(), found)
    await store.close()
  }
})
