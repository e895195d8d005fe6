import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelNames, type ChannelName } from '@suanpan/channels'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { surplusRefundId } from './refund-rules.ts'
import { engine, lookEveryMs, paymentsOn, testWorld, type Payments } from './testing/index.ts'

/** A payment of 100 fen, paid. */
async function paidOn(payments: Payments, over: ChannelName, orderId = 'ord_1'): Promise<string> {
  payments.orders.put(orderId)
  const paymentId = await payments.begin(orderId, { over })
  payments[over].pay(paymentId)
  await payments.notify(payments[over].tell(paymentId))
  return paymentId
}

const refundCalls = (payments: Payments, over: ChannelName) => payments[over].calls.filter((call) => call.startsWith('refund '))

const three = [
  ['rf_1', 10],
  ['rf_2', 20],
  ['rf_3', 70],
] as const

const everyCall = three.map(([refundId, amountFen]) => `refund ${refundId} ${amountFen}`)

/** Long enough for two pauses of either platform, and the shop's own. */
const longMs = 200_000

describeOnEveryEngine(engine, (open) => {
  for (const over of channelNames) {
    test(`${over}: refunds of one payment that are asked for at once are asked of the platform one after the other, with its pause between`, async () => {
      const payments = paymentsOn(await open())
      const paymentId = await paidOn(payments, over)
      await payments.askRefunds(paymentId, ...three)
      await payments.elapse(lookEveryMs)
      const [first, ...more] = refundCalls(payments, over)
      assert.deepEqual(more, [])
      const { betweenRefundsMs } = payments[over].channel
      for (const [refundId] of three) {
        if (first?.includes(refundId)) continue
        // Nobody was asked for it: it waits as before.
        const { state, tries, askAt } = (await payments.refund(refundId)) ?? {}
        assert.deepEqual([state, tries], ['waiting', 0])
        assert.ok((askAt ?? 0) >= payments.clock.now() - lookEveryMs + betweenRefundsMs)
      }
      await payments.elapse(longMs, 2_000)
      assert.deepEqual(refundCalls(payments, over).toSorted(), everyCall)
      for (const [refundId] of three) assert.equal((await payments.refund(refundId))?.state, 'done', refundId)
      assert.equal(payments[over].refundedFen(paymentId), 100)
      assert.equal((await payments.get(paymentId))?.refundedFen, 100)
      assert.deepEqual(
        (await payments.published('payment.refund_settled')).toSorted(),
        three.map(([refundId]) => `ord_1:refund_done:${refundId}`),
      )
      assert.deepEqual(await payments.violations(), [])
    })

    test(`${over}: a second process, and one that came after a crash, keep to the pause, also for a refund opened later`, async () => {
      const [store, world] = [await open(), testWorld()]
      const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
      const paymentId = await paidOn(one, over)
      await one.askRefunds(paymentId, ['rf_1', 10])
      await one.elapse(lookEveryMs)
      await one.askRefunds(paymentId, ['rf_2', 20], ['rf_3', 70])
      await other.elapse(lookEveryMs)
      assert.deepEqual(refundCalls(one, over), ['refund rf_1 10'])
      for (let passedMs = 0; passedMs < longMs; passedMs += 4_000) {
        await other.elapse(2_000, 2_000)
        await paymentsOn(store, world).elapse(2_000, 2_000)
      }
      assert.deepEqual(refundCalls(one, over).toSorted(), everyCall)
      assert.equal((await one.get(paymentId))?.refundedFen, 100)
    })

    test(`${over}: an answer that did not come holds the others up no longer, and what is asked for again waits for its turn`, async () => {
      const payments = paymentsOn(await open())
      const paymentId = await paidOn(payments, over)
      payments[over].failNext('refund', 'silent', 'lost')
      await payments.askRefunds(paymentId, ...three)
      await payments.elapse(2 * longMs, 2_000)
      for (const [refundId] of three) assert.equal((await payments.refund(refundId))?.state, 'done', refundId)
      assert.equal(refundCalls(payments, over).length, 4)
      assert.equal(payments[over].refundedFen(paymentId), 100)
      const { events } = await payments.row(paymentId)
      assert.equal(events.filter(({ what }) => what === 'refund asked for').length, 4)
    })
  }

  test('refunds of different payments wait for none of each other', async () => {
    const payments = paymentsOn(await open())
    const paymentIds = await Promise.all(['ord_1', 'ord_2', 'ord_3'].map((orderId) => paidOn(payments, 'alipay', orderId)))
    for (const [index, paymentId] of paymentIds.entries()) await payments.askRefunds(paymentId, [`rf_${index}`, 100])
    await payments.elapse(lookEveryMs)
    for (const paymentId of paymentIds) assert.equal(payments.alipay.refundedFen(paymentId), 100)
  })

  test('what a person wants to be asked for again too early is asked for by itself at its turn, and nobody is believed meanwhile', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments, 'alipay')
    payments.alipay.failNext('refund', 'rejected')
    await payments.sayIsSurplus(paymentId)
    await payments.elapse(lookEveryMs)
    const quarantineId = (await payments.quarantine())[0]?.quarantineId ?? ''
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    assert.equal(refundCalls(payments, 'alipay').length, 1)
    assert.equal((await payments.refund(surplusRefundId(paymentId)))?.state, 'asked')
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG')
    await payments.elapse(10_000)
    assert.equal((await payments.refund(surplusRefundId(paymentId)))?.state, 'done')
    assert.equal(payments.alipay.refundedFen(paymentId), 100)
    assert.deepEqual(await payments.violations(), [])
  })
})
