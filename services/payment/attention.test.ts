import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine, openMemoryStore } from '@suanpan/runtime/store/testing'
import { isOpenRefund, refundOverdueAfterMs } from './attention.ts'
import { engine, paymentsOn } from './testing/index.ts'

describeOnEveryEngine(engine, (open) => {
  test('what waits for a person is counted until the person has decided; a refund whose end is not known, once an hour is over', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await payments.paid('ord_1')
    assert.deepEqual(await payments.attention(), [0, 0, 0])

    payments.alipay.refundsEnd('abnormal')
    await payments.askRefunds(paymentId, ['rf_1', 10])
    await payments.elapse(1_000)
    assert.deepEqual(await payments.attention(), [1, 1, 0])
    payments.alipay.endRefund('rf_1', 'done')
    const [entry] = await payments.quarantine()
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'RESOLVED')
    assert.deepEqual(await payments.attention(), [0, 0, 0])

    payments.alipay.failAll('silent')
    await payments.askRefunds(paymentId, ['rf_2', 20])
    await payments.elapse(refundOverdueAfterMs - 60_000, 60_000)
    assert.deepEqual(await payments.attention(), [0, 0, 0])
    await payments.elapse(60_000)
    assert.deepEqual(await payments.attention(), [0, 0, 1])
    payments.alipay.failAll(undefined)
    payments.alipay.refundsEnd('done')
    await payments.elapse(600_000, 60_000)
    assert.deepEqual(await payments.attention(), [0, 0, 0])
  })
})

test('SQLite finds refunds that are not over by their index, however many there are that are', async () => {
  const store = openMemoryStore(engine)
  for (const [condition, way] of [
    [`${isOpenRefund} AND state <> 'stuck'`, /USING INDEX payment_refund_open/],
    ["state IN ('waiting', 'asked')", /^SCAN/],
  ] as const) {
    const [plan] = await store.read.query(`EXPLAIN QUERY PLAN SELECT * FROM payment_refund WHERE ${condition} AND created_at > $1`, [0])
    assert.match(String(plan?.['detail']), way)
  }
  await store.close()
})
