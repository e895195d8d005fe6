import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { logSchema } from './service.ts'
import { logOn, message } from './testing.ts'

const third = `entry_id = '0000000000000003'`

test('damage that every constraint lets pass is found, and the first broken entry named', async () => {
  const cases: readonly { damage: string; found: RegExp }[] = [
    { damage: `UPDATE log_entry SET detail = '{}' WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET at = at + 1 WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET order_id = 'ord_9' WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET message_id = 'other' WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET topic = 'order.refunded' WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET hash = 'x' WHERE ${third}`, found: /^entry 3 was changed/ },
    { damage: `UPDATE log_entry SET previous_hash = 'x' WHERE ${third}`, found: /^entry 3 was not written after entry 2/ },
    { damage: `UPDATE log_entry SET entry_id = '9' WHERE ${third}`, found: /^entry 3 is missing: entry 4 stands in its place/ },
    { damage: `DELETE FROM log_entry WHERE ${third}`, found: /^entry 3 is missing: entry 4 stands in its place/ },
    { damage: `DELETE FROM log_entry WHERE entry_id = '0000000000000001'`, found: /^entry 1 is missing/ },
    { damage: `DELETE FROM log_entry WHERE entry_id = '0000000000000005'`, found: /^the head says that entry 5 is the last, the entries end with 4/ },
    { damage: 'DELETE FROM log_entry', found: /^the head says that entry 5 is the last, the entries end with 0/ },
    { damage: `UPDATE log_head SET hash = 'x'`, found: /^the head says/ },
    { damage: 'DELETE FROM log_head', found: /^the head row is missing/ },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'log', schemas: [logSchema] })
    const log = logOn(store)
    await log.append(...[1, 2, 3, 4, 5].map((nth) => message(nth)))
    assert.deepEqual(await log.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    const [violation = '', ...others] = await log.violations()
    assert.match(violation, found, damage)
    assert.deepEqual(others, [])
    await store.close()
  }
})

test('a log of many pages is checked in whole', async () => {
  const store = openMemoryStore({ name: 'log', schemas: [logSchema] })
  const log = logOn(store)
  for (let nth = 0; nth < 2_500; nth += 500) await log.append(...Array.from({ length: 500 }, (_, index) => message(nth + index)))
  assert.deepEqual(await log.violations(), [])
  await store.transact(async (tx) => tx.execute(`UPDATE log_entry SET detail = '{}' WHERE entry_id = '0000000000002400'`, []))
  assert.match((await log.violations())[0] ?? '', /^entry 2400 was changed/)
  await store.close()
})
