import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { refundOverdueAfterMs } from './attention.ts'
import { surplusRefundId } from './refund-rules.ts'
import { engine, lookEveryMs, paymentsOn, type Payments } from './testing/index.ts'

/** A payment of 100 fen, paid. */
async function paidOn(payments: Payments): Promise<string> {
  const paymentId = await payments.paid('ord_1')
  return paymentId
}

const often = (times: number) => Array.from({ length: times }, () => 'rejected' as const)

const refundCalls = (payments: Payments) => payments.alipay.calls.filter((call) => call.startsWith('refund '))

describeOnEveryEngine(engine, (open) => {
  test('refused, and nobody signs that it is not known: asked for again for an hour, then a person’s case, and never failed', async () => {
    for (const kind of ['surplus', 'asked for by the order']) {
      const payments = paymentsOn(await open())
      const paymentId = await paidOn(payments)
      const refundId = kind === 'surplus' ? surplusRefundId(paymentId) : 'rf_1'
      payments.alipay.refundQueriesAreVague(true)
      payments.alipay.failNext('refund', ...often(100))
      await (kind === 'surplus' ? payments.sayIsSurplus(paymentId) : payments.askRefunds(paymentId, ['rf_1', 100]))
      await payments.elapse(refundOverdueAfterMs - 60_000, 60_000)
      assert.deepEqual([(await payments.refund(refundId))?.state, await payments.quarantine()], ['asked', []])
      await payments.elapse(20 * 60_000, 60_000)
      assert.equal((await payments.refund(refundId))?.state, 'stuck')
      const [entry, ...more] = await payments.quarantine()
      assert.deepEqual([entry?.reason, more], ['refund_refused', []])
      assert.match(entry?.detail ?? '', /does not say for sure that it has not done it/)
      const { length } = refundCalls(payments)
      await payments.elapse(60 * 60_000, 60_000)
      assert.equal(refundCalls(payments).length, length)
      // One who asks once more does not lose it.
      assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
      assert.deepEqual([refundCalls(payments).length, (await payments.refund(refundId))?.state], [length + 1, 'stuck'])
      assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'BY_HAND', 'console'), 'RESOLVED')
      assert.deepEqual(await payments.violations(), [])
    }
  })

  test('done when a person asked again, its answer lost, and what is asked next behind: a person who asks once more is not told that it failed', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.refundQueriesAreVague(true)
    payments.alipay.failNext('refund', ...often(100))
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(80 * 60_000, 60_000)
    const quarantineId = (await payments.quarantine())[0]?.quarantineId ?? ''
    const ask = async () => [await payments.resolve(quarantineId, 'QUERY'), (await payments.refund('rf_1'))?.state]
    payments.alipay.refundQueriesAreVague(false)
    payments.alipay.failNext('refund', 'lost', ...often(2))
    assert.deepEqual([await ask(), payments.alipay.refundedFen(paymentId)], [['STILL_WRONG', 'asked'], 100])
    payments.alipay.nextRefundQueriesAreBehind(4)
    await payments.elapse(12_000, 2_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'stuck')
    await payments.elapse(10_000, 10_000)
    assert.deepEqual(await ask(), ['STILL_WRONG', 'stuck'])
    assert.deepEqual(await ask(), ['RESOLVED', 'done'])
    assert.deepEqual(await payments.published('payment.refund_settled'), ['ord_1:refund_done:rf_1'])
  })

  test('what was refused for sure and is asked for again by a person is refused for sure again', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.failNext('refund', ...often(2))
    await payments.sayIsSurplus(paymentId)
    await payments.elapse(60_000, 10_000)
    const [entry] = await payments.quarantine()
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
    assert.deepEqual([refundCalls(payments).length, (await payments.refund(surplusRefundId(paymentId)))?.state], [2, 'stuck'])
  })

  test('done, and its answer lost, and what is asked next behind for a while: a refusal of it is no end', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.failNext('refund', 'lost', ...often(100))
    payments.alipay.nextRefundQueriesAreBehind(5)
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(10 * 60_000, 10_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    assert.deepEqual(await payments.published('payment.refund_settled'), ['ord_1:refund_done:rf_1'])
  })

  test('an earlier try that came to nothing: a refusal ends it once the platform would surely have heard of that try', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.failNext('refund', 'silent', ...often(100))
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(4 * 60_000, 10_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'asked')
    await payments.elapse(20 * 60_000, 60_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'failed')
    assert.deepEqual(await payments.published('payment.refund_settled'), ['ord_1:refund_failed:rf_1'])
    // The first and only try needs no such time.
    payments.alipay.failNext('refund', 'rejected')
    await payments.askRefunds(paymentId, ['rf_2', 100])
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_2'))?.state, 'failed')
  })
})
