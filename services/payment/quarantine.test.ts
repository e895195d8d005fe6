import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { engine, lookEveryMs, paymentsOn, testWorld, type Payments } from './testing/index.ts'

/** An attempt that the platform says was paid with one fen, in the quarantine. */
async function mispricedOn(payments: Payments): Promise<{ readonly paymentId: string; readonly quarantineId: string }> {
  payments.orders.put('ord_1')
  const paymentId = await payments.begin('ord_1')
  await payments.notify(payments.alipay.tell(paymentId, { amountFen: 1 }))
  const [entry] = await payments.quarantine()
  return { paymentId, quarantineId: entry?.quarantineId ?? '' }
}

describeOnEveryEngine(engine, (open) => {
  test('dismissed once, with a note, and noted once; another decision comes too late', async () => {
    const payments = paymentsOn(await open())
    const { quarantineId } = await mispricedOn(payments)
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'refunded by hand'), 'RESOLVED')
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'another note'), 'RESOLVED')
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'RESOLVED_OTHERWISE')
    assert.equal(await payments.resolve('none', 'DISMISS'), 'NOT_FOUND')
    assert.deepEqual(await payments.quarantine(), [])
    const [resolved] = await payments.quarantine(true)
    assert.deepEqual([resolved?.resolution, resolved?.resolvedBy, resolved?.note], ['dismiss', 'admin-1', 'refunded by hand'])
    assert.deepEqual(await payments.published('payment.noted'), [`ord_1:quarantined:${quarantineId}`, `ord_1:resolved:${quarantineId}`])
  })

  test('two operators at once: the first decides, and is the one who is noted', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    const { quarantineId } = await mispricedOn(one)
    world.alipay.pay((await one.quarantine())[0]?.paymentId ?? '')
    const outcomes = await Promise.all([one.resolve(quarantineId, 'DISMISS'), other.resolve(quarantineId, 'QUERY'), one.resolve(quarantineId, 'DISMISS')])
    const [entry] = await one.quarantine(true)
    assert.deepEqual(
      outcomes,
      entry?.resolution === 'dismiss' ? ['RESOLVED', 'RESOLVED_OTHERWISE', 'RESOLVED'] : ['RESOLVED_OTHERWISE', 'RESOLVED', 'RESOLVED_OTHERWISE'],
    )
    assert.equal((await one.published('payment.noted')).length, 2)
  })

  test('asked again, the platform is believed where it can be right now', async () => {
    const payments = paymentsOn(await open())
    const { paymentId, quarantineId } = await mispricedOn(payments)
    payments.alipay.failNext('query', 'silent')
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    payments.alipay.scan(paymentId)
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    payments.alipay.pay(paymentId)
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'RESOLVED')
    assert.equal(await payments.state(paymentId), 'paid')
    assert.deepEqual(await payments.published('payment.paid'), [`ord_1:payment_paid:${paymentId}`])
  })

  test('what is none of ours does not come right by asking', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    payments.alipay.pay(paymentId)
    await payments.notify(payments.alipay.tell(paymentId))
    await payments.notify({ ...payments.alipay.tell(paymentId), paymentId: 'pay_of_nobody' })
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_of_nobody', 'DONE', 100))
    const entries = await payments.quarantine()
    assert.equal(entries.length, 2)
    // The right number, told by the other platform: its own one still says paid, which settles nothing of this.
    await payments.notify({ ...payments.alipay.tell(paymentId), channel: 'CHANNEL_WECHAT' })
    entries.push(...(await payments.quarantine()).filter(({ reason }) => reason === 'channel_differs'))
    assert.equal(entries.length, 3)
    for (const { quarantineId } of entries) assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    assert.equal((await payments.get(paymentId))?.refundedFen, 0)
  })

  test('a refund that is over is asked about all the same, and what went back after a refusal does not come right by itself', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    payments.alipay.pay(paymentId)
    await payments.notify(payments.alipay.tell(paymentId))
    payments.alipay.failNext('refund', 'rejected')
    await payments.askRefunds(paymentId, ['rf_1', 100])
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund('rf_1'))?.state, 'failed')
    await payments.alipay.channel.refund({ paymentId, refundId: 'rf_1', amountFen: 100, totalFen: 100, reason: '' })
    await payments.notify(payments.alipay.tellRefund(paymentId, 'rf_1', 'DONE', 100))
    const [entry] = await payments.quarantine()
    assert.equal(entry?.reason, 'refund_after_refusal')
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
    assert.equal((await payments.quarantine()).length, 1)
    payments.alipay.endRefund('rf_1', 'closed')
    assert.equal(await payments.resolve(entry?.quarantineId ?? '', 'QUERY'), 'RESOLVED')
  })

  test('the same thing said again is one entry, whoever says it', async () => {
    const payments = paymentsOn(await open())
    const { paymentId } = await mispricedOn(payments)
    payments.alipay.pay(paymentId, { amountFen: 1 })
    await payments.close('EXPIRED', 'ord_1')
    await payments.notify(payments.alipay.tell(paymentId))
    await payments.notify(payments.alipay.tell(paymentId, { amountFen: 1 }))
    assert.deepEqual(
      (await payments.quarantine()).map(({ detail }) => detail.split(':')[0]),
      ['notification alipay'],
    )
  })
})
