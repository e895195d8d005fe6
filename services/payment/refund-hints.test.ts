import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BillEntry, ChannelName } from '@suanpan/channels'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { refundTakesAtMostMs } from './books.ts'
import { engine, lookEveryMs, noon, paymentsOn, type Payments } from './testing/index.ts'

/** A payment of 100 fen, paid, and the refund `rf_1` of all of it, which the platform has heard of in no way that it remembers. */
async function refusedOn(payments: Payments, over: ChannelName = 'alipay'): Promise<string> {
  payments.orders.put('ord_1')
  const paymentId = await payments.begin('ord_1', { over })
  payments[over].pay(paymentId)
  await payments.notify(payments[over].tell(paymentId))
  payments[over].failNext('refund', 'rejected')
  await payments.askRefunds(paymentId, ['rf_1', 100])
  await payments.elapse(lookEveryMs)
  assert.equal((await payments.refund('rf_1'))?.state, 'failed')
  return paymentId
}

/** A refund that the platform could not hand over, and a person then did. */
async function givenBackByHandOn(payments: Payments, over: ChannelName = 'alipay'): Promise<string> {
  payments.orders.put('ord_1')
  const paymentId = await payments.begin('ord_1', { over })
  payments[over].pay(paymentId)
  await payments.notify(payments[over].tell(paymentId))
  payments[over].refundsEnd('abnormal')
  await payments.askRefunds(paymentId, ['rf_1', 100])
  await payments.elapse(lookEveryMs)
  const [entry] = await payments.quarantine()
  assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'BY_HAND', 'console'), 'RESOLVED')
  return paymentId
}

const refundLine = (paymentId: string): BillEntry[] => [
  { kind: 'payment', paymentId, tradeNo: `trade-${paymentId}`, refundId: '', amountFen: 100, at: noon },
  { kind: 'refund', paymentId, tradeNo: `trade-${paymentId}`, refundId: 'rf_1', amountFen: 100, at: noon },
]

const queries = (payments: Payments) => payments.alipay.calls.filter((call) => call.startsWith('queryRefund '))

const reasons = async (payments: Payments) => (await payments.quarantine()).map(({ reason }) => reason)

describeOnEveryEngine(engine, (open) => {
  test('what the platform gives back after a person did is a person’s case again, and no word ends it but a dismissal', async () => {
    for (const over of ['alipay', 'wechat'] as const) {
      const payments = paymentsOn(await open())
      const paymentId = await givenBackByHandOn(payments, over)
      payments[over].endRefund('rf_1', 'done')
      // Alipay never says more than that something happened.
      const tell = () => payments[over].tellRefund(paymentId, 'rf_1', over === 'alipay' ? 'PROCESSING' : 'DONE', 100)
      await payments.notify(tell())
      await payments.elapse(lookEveryMs)
      await payments.notify(tell())
      await payments.elapse(lookEveryMs)
      const [twice, ...more] = await payments.quarantine()
      assert.deepEqual([twice?.reason, more], ['refund_after_by_hand', []])
      for (const action of ['QUERY', 'BY_HAND'] as const) assert.equal(await payments.resolve(twice?.quarantineId ?? '', action), 'STILL_WRONG')
      assert.equal(await payments.resolve(twice?.quarantineId ?? '', 'DISMISS', 'the customer sent it back'), 'RESOLVED')
      assert.equal((await payments.get(paymentId))?.refundedFen, 100)
      assert.deepEqual(await payments.violations(), [])
    }
  })

  test('a hint about what ended without the platform’s word is a question, asked until it is answered, and no longer', async () => {
    const cases = [
      { ended: 'by hand', said: 'done', found: ['refund_after_by_hand'] },
      { ended: 'by hand', said: 'closed', found: [] },
      { ended: 'by hand', said: 'abnormal', found: [] },
      { ended: 'refused', said: 'done', found: ['refund_after_refusal'] },
      { ended: 'refused', said: 'closed', found: [] },
    ] as const
    for (const { ended, said, found } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await (ended === 'refused' ? refusedOn(payments) : givenBackByHandOn(payments))
      const before = await payments.refund('rf_1')
      if (ended === 'refused') await payments.alipay.channel.refund({ paymentId, refundId: 'rf_1', amountFen: 100, totalFen: 100, reason: '' })
      const asked = queries(payments).length
      payments.alipay.endRefund('rf_1', 'processing')
      payments.alipay.failNext('queryRefund', 'silent')
      await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'PROCESSING'))
      await payments.elapse(15 * 60_000, 30_000)
      const times = queries(payments).length
      assert.ok(times - asked > 2, `${times - asked} questions`)
      payments.alipay.endRefund('rf_1', said)
      await payments.elapse(15 * 60_000, 30_000)
      assert.deepEqual(await reasons(payments), found)
      const last = queries(payments).length
      await payments.elapse(60 * 60_000, 60_000)
      assert.equal(queries(payments).length, last)
      const { state, askAt } = (await payments.refund('rf_1')) ?? {}
      assert.deepEqual({ state, askAt }, { state: before?.state, askAt: null })
      assert.deepEqual(await payments.violations(), [])
    }
  })

  test('a hint of which the platform never says an end is asked about as long as a refund may take, and no longer', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await refusedOn(payments)
    payments.alipay.failNext('queryRefund', ...Array.from({ length: 1_000 }, () => 'rejected' as const))
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'PROCESSING'))
    const dayMs = 24 * 3_600_000
    await payments.elapse(refundTakesAtMostMs - dayMs, dayMs)
    assert.notEqual((await payments.refund('rf_1'))?.askAt, null)
    await payments.elapse(2 * dayMs, dayMs)
    const { state, askAt } = (await payments.refund('rf_1')) ?? {}
    assert.deepEqual({ state, askAt }, { state: 'failed', askAt: null })
    // A new hint is a new question.
    payments.alipay.failNext('queryRefund')
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'PROCESSING'))
    const asked = queries(payments).length
    await payments.elapse(lookEveryMs)
    assert.equal(queries(payments).length, asked + 1)
  })

  test('a hint about what the platform itself has said is done asks nothing', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await payments.paid('ord_1')
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(lookEveryMs)
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'PROCESSING'))
    await payments.elapse(60_000, 10_000)
    assert.deepEqual(queries(payments), [])
  })

  test('a bill with what was given back by hand: the platform is asked whether it did so, too', async () => {
    const cases = [
      { platform: 'done', said: ['STATE_DIFFERS: in the quarantine: a person decides'], found: ['refund_after_by_hand'] },
      { platform: 'closed', said: ['STATE_DIFFERS: the platform was asked, and did not give it back: a person did'], found: [] },
      { platform: 'abnormal', said: ['STATE_DIFFERS: the platform was asked, and did not give it back: a person did'], found: [] },
      { platform: 'processing', said: ['STATE_DIFFERS: the platform was asked and says nothing certain: reconcile this day again'], found: [] },
    ] as const
    for (const { platform, said, found } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await givenBackByHandOn(payments)
      payments.orders.put('ord_1', { state: 'ORDER_STATE_REFUNDED', paymentId, platformRefundedFen: 100 })
      payments.alipay.endRefund('rf_1', platform)
      payments.alipay.publishBill(refundLine(paymentId))
      assert.deepEqual((await payments.reconcile()).differences, said)
      assert.deepEqual(await reasons(payments), found)
    }
  })

  test('a bill without what was given back by hand: the platform is asked, and a person only where it did so, too', async () => {
    const cases = [
      { platform: 'abnormal', said: ['OURS_ONLY: the platform was asked, and did not give it back: a person did'], found: [] },
      { platform: 'done', said: ['OURS_ONLY: in the quarantine: a person decides'], found: ['refund_after_by_hand'] },
    ] as const
    for (const { platform, said, found } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await givenBackByHandOn(payments)
      payments.alipay.endRefund('rf_1', platform)
      payments.alipay.publishBill(refundLine(paymentId).slice(0, 1))
      assert.deepEqual((await payments.reconcile()).differences, said)
      assert.deepEqual(await reasons(payments), found)
    }
  })
})
