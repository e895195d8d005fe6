import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { surplusRefundId } from './refund-rules.ts'
import { engine, lookEveryMs, paymentsOn, testWorld, type Payments } from './testing/index.ts'

/** A payment of 100 fen, paid. */
async function paidOn(payments: Payments, orderId = 'ord_1'): Promise<string> {
  payments.orders.put(orderId)
  const paymentId = await payments.begin(orderId)
  payments.alipay.pay(paymentId)
  await payments.notify(payments.alipay.tell(paymentId))
  return paymentId
}

/** A surplus of 100 fen whose refund the platform refused, and does not know; in the quarantine. */
async function refusedOn(payments: Payments): Promise<{ readonly paymentId: string; readonly refundId: string; readonly quarantineId: string }> {
  const paymentId = await paidOn(payments)
  payments.alipay.failNext('refund', 'rejected')
  await payments.sayIsSurplus(paymentId)
  await payments.elapse(lookEveryMs)
  const [entry] = await payments.quarantine()
  assert.equal(entry?.reason, 'refund_refused')
  // A person comes later than the platform's pause.
  await payments.elapse(10_000, 10_000)
  return { paymentId, refundId: surplusRefundId(paymentId), quarantineId: entry.quarantineId }
}

const refundCalls = (payments: Payments) => payments.alipay.calls.filter((call) => call.startsWith('refund '))

describeOnEveryEngine(engine, (open) => {
  test('what an order asks for in parts goes back in parts, and each part once', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    assert.deepEqual(await payments.askRefunds(paymentId, ['rf_1', 30], ['rf_1', 30]), ['done', 'done'])
    assert.equal((await payments.get(paymentId))?.state, 'PAYMENT_STATE_REFUNDING')
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    assert.deepEqual([(await payments.get(paymentId))?.state, (await payments.get(paymentId))?.refundedFen], ['PAYMENT_STATE_PAID', 30])
    await payments.askRefunds(paymentId, ['rf_1', 30], ['rf_2', 70])
    await payments.elapse(60_000, 10_000)
    assert.equal((await payments.get(paymentId))?.state, 'PAYMENT_STATE_REFUNDED')
    assert.deepEqual(refundCalls(payments), ['refund rf_1 30', 'refund rf_2 70'])
    assert.deepEqual(await payments.published('payment.refund_settled'), ['ord_1:refund_done:rf_1', 'ord_1:refund_done:rf_2'])
    assert.deepEqual(
      (await payments.effects()).map(({ state, amount }) => `${state} ${amount}`),
      ['EFFECT_STATE_RELEASED 0'],
    )
    assert.deepEqual(await payments.violations(), [])
  })

  test('never more than was paid, however many ask at once; nor of what is not paid', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    const paymentId = await paidOn(one)
    const verdicts = await Promise.all([one.askRefunds(paymentId, ['rf_1', 60]), other.askRefunds(paymentId, ['rf_2', 60])])
    assert.deepEqual(verdicts.flat().sort(), ['done', 'retry'])
    world.orders.put('ord_2')
    const unpaid = await one.begin('ord_2')
    assert.deepEqual(await one.askRefunds(unpaid, ['rf_3', 1]), ['retry'])
    assert.deepEqual(await one.askRefunds('pay_of_nobody', ['rf_4', 1]), ['retry'])
    assert.deepEqual(await one.askRefunds(paymentId, ['rf_5', 0], ['rf_6', -1]), ['retry', 'retry'])
    assert.equal(one.marks.get('payment.refund.impossible'), (verdicts[0]?.[0] === 'retry' ? 1 : 0) + 4)
    await one.elapse(lookEveryMs)
    assert.equal(world.alipay.refundedFen(paymentId), 60)
    assert.deepEqual(await one.violations(), [])
  })

  test('a surplus goes back whole, once, whoever says so how often', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    const paymentId = await paidOn(one)
    await Promise.all([one.sayIsSurplus(paymentId, paymentId), other.sayIsSurplus(paymentId)])
    await Promise.all([one.elapse(lookEveryMs), other.elapse(lookEveryMs)])
    await one.elapse(60_000, 10_000)
    await one.sayIsSurplus(paymentId)
    assert.deepEqual(refundCalls(one), [`refund ${surplusRefundId(paymentId)} 100`])
    assert.deepEqual(await one.published('payment.refund_settled'), [`ord_1:refund_done:${surplusRefundId(paymentId)}`])
    assert.equal(world.alipay.refundedFen(paymentId), 100)
    assert.match(surplusRefundId(paymentId), /^[0-9A-Za-z_]{6,32}$/)
    assert.deepEqual(await one.violations(), [])
  })

  test('an answer that did not come: queried, and asked again under the same number only for what the platform does not know', async () => {
    const cases = [
      { fault: 'lost', calls: ['refund rf_1 100', 'queryRefund rf_1'] },
      { fault: 'silent', calls: ['refund rf_1 100', 'queryRefund rf_1', 'refund rf_1 100'] },
    ] as const
    for (const { fault, calls } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await paidOn(payments)
      payments.alipay.failNext('refund', fault)
      await payments.askRefunds(paymentId, ['rf_1', 100])
      await payments.elapse(5_000)
      assert.equal((await payments.refund('rf_1'))?.state, 'asked')
      await payments.elapse(10_000)
      assert.deepEqual(payments.alipay.calls.slice(1), [...calls])
      assert.equal((await payments.refund('rf_1'))?.state, 'done')
      assert.equal(payments.alipay.refundedFen(paymentId), 100)
    }
  })

  test('a query that is not answered asks for nothing', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.failNext('refund', 'lost')
    payments.alipay.failNext('queryRefund', 'silent', 'silent', 'silent')
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(120_000, 10_000)
    assert.equal(refundCalls(payments).length, 1)
    await payments.elapse(600_000, 60_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
  })

  test('taken up, and not over: the platform is asked until it is, or tells', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.refundsEnd('processing')
    await payments.askRefunds(paymentId, ['rf_1', 40], ['rf_2', 60])
    await payments.elapse(9 * lookEveryMs)
    assert.deepEqual([(await payments.refund('rf_1'))?.state, (await payments.refund('rf_2'))?.state], ['asked', 'asked'])
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'DONE', 40))
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    payments.alipay.endRefund('rf_2', 'done')
    // A hint brings the next question forward.
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_2', 'PROCESSING'))
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_2'))?.state, 'done')
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_2', 'CLOSED'))
    assert.equal((await payments.refund('rf_2'))?.state, 'done')
    assert.deepEqual(await payments.violations(), [])
  })

  test('refused for good: the order may ask again, and has all of it to ask for', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.failNext('refund', 'rejected')
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.state, 'failed')
    assert.deepEqual(await payments.published('payment.refund_settled'), ['ord_1:refund_failed:rf_1'])
    assert.equal((await payments.row(paymentId)).refundingFen, 0)
    payments.alipay.refundsEnd('closed')
    await payments.askRefunds(paymentId, ['rf_2', 100])
    await payments.elapse(9 * lookEveryMs)
    assert.equal((await payments.refund('rf_2'))?.state, 'failed')
    payments.alipay.refundsEnd('done')
    await payments.askRefunds(paymentId, ['rf_3', 100])
    await payments.elapse(9 * lookEveryMs)
    assert.equal((await payments.refund('rf_3'))?.state, 'done')
    assert.deepEqual(await payments.violations(), [])
  })

  test('a refusal of what an earlier try did is no refusal', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    // Done, and its answer lost; the query is behind; asked again, the platform says that nothing is left to refund.
    payments.alipay.failNext('refund', 'lost', 'rejected')
    payments.alipay.nextRefundQueriesAreBehind(1)
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(20_000)
    assert.deepEqual(payments.alipay.calls.slice(1), ['refund rf_1 100', 'queryRefund rf_1', 'refund rf_1 100', 'queryRefund rf_1'])
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
  })

  test('that a refund is not known is no proof without a signature: it is asked for again under its number, and not ended', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.refundsEnd('processing')
    payments.alipay.refundQueriesAreVague(true)
    payments.alipay.failNext('refund', 'silent', 'rejected')
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(60_000, 10_000)
    assert.deepEqual(refundCalls(payments), ['refund rf_1 100', 'refund rf_1 100', 'refund rf_1 100'])
    assert.equal((await payments.refund('rf_1'))?.state, 'asked')
    payments.alipay.refundQueriesAreVague(false)
    payments.alipay.endRefund('rf_1', 'done')
    await payments.elapse(600_000, 60_000)
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    assert.equal(payments.alipay.refundedFen(paymentId), 100)
    // Nor does it confirm that one came to nothing.
    payments.alipay.refundQueriesAreVague(true)
    payments.alipay.publishBill([])
    assert.match((await payments.reconcile()).differences.join(), /says nothing certain/)
  })

  test('a surplus that the platform will not give back stays, for a person; then the same number is asked for again', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    const refundId = surplusRefundId(paymentId)
    payments.alipay.failNext('refund', 'rejected', 'rejected')
    await payments.sayIsSurplus(paymentId)
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund(refundId))?.state, 'stuck')
    const [entry] = await payments.quarantine()
    assert.deepEqual([entry?.reason, entry?.paymentId], ['refund_refused', paymentId])
    // Left alone, it is not asked for without end.
    await payments.elapse(3_600_000, 600_000)
    assert.equal(refundCalls(payments).length, 1)
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
    await payments.elapse(10_000, 10_000)
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'RESOLVED')
    assert.deepEqual(
      refundCalls(payments),
      Array.from({ length: 3 }, () => `refund ${refundId} 100`),
    )
    assert.equal((await payments.refund(refundId))?.state, 'done')
    assert.deepEqual(await payments.published('payment.refund_settled'), [`ord_1:refund_done:${refundId}`])
    assert.deepEqual(await payments.violations(), [])
  })

  test('what was stuck and is asked for again is under way, whatever becomes of the answer: nobody is believed to have given it back by hand', async () => {
    const cases = [
      { name: 'taken up', ask: 'processing', fault: undefined },
      { name: 'its answer lost', ask: 'processing', fault: 'lost' },
      { name: 'never arrived', ask: 'done', fault: 'silent' },
      { name: 'under way already, as its query says', ask: 'known', fault: undefined },
    ] as const
    for (const { name, ask, fault } of cases) {
      const payments = paymentsOn(await open())
      const { paymentId, refundId, quarantineId } = await refusedOn(payments)
      payments.alipay.refundsEnd(ask === 'done' ? 'done' : 'processing')
      if (ask === 'known') await payments.alipay.channel.refund({ paymentId, refundId, amountFen: 100, totalFen: 100, reason: '' })
      if (fault !== undefined) payments.alipay.failNext('refund', fault)
      assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG', name)
      assert.equal((await payments.refund(refundId))?.state, 'asked', name)
      assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG', name)
      // Nobody has to ask once more.
      payments.alipay.endRefund(refundId, 'done')
      await payments.elapse(20_000)
      assert.equal((await payments.refund(refundId))?.state, 'done', name)
      assert.equal(payments.alipay.refundedFen(paymentId), 100, name)
      assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG', name)
      assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'RESOLVED', name)
      assert.deepEqual(await payments.violations(), [], name)
    }
  })

  test('a process that died right after what was stuck was asked for again: the next one finds it done', async () => {
    const [store, world] = [await open(), testWorld()]
    const dying = paymentsOn(store, world, (bus) => ({
      ...bus,
      publishIff: async (...asked) => {
        if (asked[1].some(({ id }) => id.includes(':refund_done:'))) throw new Error('killed')
        return bus.publishIff(...asked)
      },
    }))
    const { paymentId, refundId, quarantineId } = await refusedOn(dying)
    await assert.rejects(dying.resolve(quarantineId, 'QUERY'), /killed/)
    assert.equal(world.alipay.refundedFen(paymentId), 100)
    const payments = paymentsOn(store, world)
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG')
    await payments.elapse(20_000)
    assert.equal((await payments.refund(refundId))?.state, 'done')
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'RESOLVED')
    assert.deepEqual(await payments.violations(), [])
  })

  test('given back by hand while it was being asked about: the platform is not asked to do it, too', async () => {
    const payments = paymentsOn(await open())
    const { paymentId, quarantineId } = await refusedOn(payments)
    payments.alipay.beforeNext('queryRefund', () => payments.resolve(quarantineId, 'BY_HAND', 'console'))
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    assert.equal(refundCalls(payments).length, 1)
    assert.equal(payments.alipay.refundedFen(paymentId), 0)
  })

  test('a surplus whose refund the platform gave up stays, too', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.refundsEnd('closed')
    await payments.sayIsSurplus(paymentId)
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund(surplusRefundId(paymentId)))?.state, 'stuck')
    assert.deepEqual(
      (await payments.quarantine()).map(({ reason }) => reason),
      ['refund_refused'],
    )
    assert.deepEqual(await payments.published('payment.refund_settled'), [])
  })

  test('what cannot be handed back, or went back wrong, is quarantined; what the platform finishes later is taken up by itself', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments)
    payments.alipay.refundsEnd('abnormal')
    await payments.askRefunds(paymentId, ['rf_1', 40])
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.state, 'stuck')
    const [entry] = await payments.quarantine()
    assert.equal(entry?.reason, 'refund_abnormal')
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
    payments.alipay.endRefund('rf_1', 'processing')
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'PROCESSING'))
    assert.equal((await payments.refund('rf_1'))?.state, 'asked')
    payments.alipay.endRefund('rf_1', 'done')
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'RESOLVED')

    payments.alipay.refundsEnd('processing')
    await payments.askRefunds(paymentId, ['rf_2', 60])
    await payments.elapse(9 * lookEveryMs)
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_2', 'DONE', 59))
    assert.equal((await payments.refund('rf_2'))?.state, 'stuck')
    assert.deepEqual(
      (await payments.quarantine()).map(({ reason }) => reason),
      ['refund_amount_differs'],
    )
    assert.deepEqual(await payments.violations(), [])
  })

  test('a process that died after it took a refund up: the next one asks the platform what became of it', async () => {
    const [store, world] = [await open(), testWorld()]
    const [dying, payments] = [paymentsOn(store, world), paymentsOn(store, world)]
    const paymentId = await paidOn(dying)
    await dying.askRefunds(paymentId, ['rf_1', 100])
    world.alipay.failNext('refund', 'silent')
    await dying.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.tries, 1)
    await payments.elapse(20_000)
    assert.deepEqual(world.alipay.calls.slice(-2), ['queryRefund rf_1', 'refund rf_1 100'])
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
  })
})
