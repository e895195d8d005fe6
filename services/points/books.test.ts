import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { pointsSchema } from './service.ts'
import { pointsOn } from './testing.ts'

test('damage that every constraint lets pass is found and named', async () => {
  const cases = [
    { damage: 'UPDATE points_account SET points = 9', found: ['user-1 has 9 points, the grants say 8'] },
    { damage: `UPDATE points_grant SET points = 4 WHERE order_id = 'ord_1'`, found: ['user-1 has 8 points, the grants say 9'] },
    { damage: `DELETE FROM points_grant WHERE order_id = 'ord_1'`, found: ['user-1 has 8 points, the grants say 5'] },
    { damage: 'DELETE FROM points_account', found: ['user-1 was granted points but has no account'] },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'points', schemas: [pointsSchema] })
    const service = pointsOn(store)
    await service.pay(['ord_1', 'user-1', 300], ['ord_2', 'user-1', 500])
    assert.deepEqual(await service.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(await service.violations(), found)
    await store.close()
  }
})
