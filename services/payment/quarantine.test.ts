import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@suanpan/contracts/topics'
import type { Store } from '@suanpan/runtime/store'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { surplusRefundId } from './refund-rules.ts'
import { engine, lookEveryMs, paymentsOn, testWorld, type Payments } from './testing/index.ts'

/** An attempt that the platform says was paid with one fen, in the quarantine. */
async function mispricedOn(payments: Payments): Promise<{ readonly paymentId: string; readonly quarantineId: string }> {
  payments.orders.put('ord_1')
  const paymentId = await payments.begin('ord_1')
  await payments.notify(payments.alipay.tell(paymentId, { amountFen: 1 }))
  const [entry] = await payments.quarantine()
  return { paymentId, quarantineId: entry?.quarantineId ?? '' }
}

/** A surplus of 100 fen whose refund the platform has closed for good, in the quarantine. */
async function refusedOn(payments: Payments): Promise<{ readonly paymentId: string; readonly refundId: string; readonly quarantineId: string }> {
  payments.orders.put('ord_1')
  const paymentId = await payments.begin('ord_1', { over: 'wechat' })
  payments.wechat.pay(paymentId)
  await payments.notify(payments.wechat.tell(paymentId))
  payments.wechat.refundsEnd('closed')
  await payments.sayIsSurplus(paymentId)
  await payments.elapse(lookEveryMs)
  const [entry] = await payments.quarantine()
  assert.equal(entry?.reason, 'refund_refused')
  return { paymentId, refundId: surplusRefundId(paymentId), quarantineId: entry.quarantineId }
}

/** What the payment log is told of decisions. */
async function decisions(store: Store): Promise<readonly string[]> {
  const rows = await store.read.query('SELECT body FROM bus_message WHERE topic = $1 ORDER BY sequence', [topics.paymentNoted.name])
  return rows.map(({ body }) => topics.paymentNoted.body.decode(body as Uint8Array)).flatMap(({ what, detail }) => (what === 'resolved' ? [detail] : []))
}

describeOnEveryEngine(engine, (open) => {
  test('dismissed once, with a note, and noted once; another decision comes too late', async () => {
    const store = await open()
    const payments = paymentsOn(store)
    const { quarantineId } = await mispricedOn(payments)
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'refunded by hand'), 'RESOLVED')
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'another note'), 'RESOLVED')
    assert.equal(await payments.resolve(quarantineId, 'QUERY'), 'RESOLVED_OTHERWISE')
    assert.equal(await payments.resolve('none', 'DISMISS'), 'NOT_FOUND')
    assert.deepEqual(await payments.quarantine(), [])
    const [resolved] = await payments.quarantine(true)
    assert.deepEqual([resolved?.resolution, resolved?.resolvedBy, resolved?.note], ['dismiss', 'admin-1', 'refunded by hand'])
    assert.deepEqual(await payments.published('payment.noted'), [`ord_1:quarantined:${quarantineId}`, `ord_1:resolved:${quarantineId}`])
    assert.deepEqual(await decisions(store), ['dismiss by admin-1: refunded by hand'])
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

  test('a payment that is paid here does not come right by a platform that says it was not', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    await payments.notify(payments.alipay.tell(paymentId))
    await payments.notify(payments.alipay.tell(paymentId, { tradeNo: 'another' }))
    const [entry] = await payments.quarantine()
    assert.equal(entry?.reason, 'trade_differs')
    await payments.clock.advance(86_400_000)
    assert.equal(await payments.resolve(entry.quarantineId, 'QUERY'), 'STILL_WRONG')
    payments.alipay.scan(paymentId)
    await payments.alipay.channel.close(paymentId)
    assert.equal(await payments.resolve(entry.quarantineId, 'QUERY'), 'STILL_WRONG')
    assert.equal(await payments.state(paymentId), 'paid')
  })

  test('what is none of ours does not come right by asking', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await payments.paid('ord_1')
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
    const paymentId = await payments.paid('ord_1')
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

  test('a surplus whose refund the platform closed for good: asking does not help, by hand it is settled, once', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    const { paymentId, refundId, quarantineId } = await refusedOn(one)
    assert.equal(await one.resolve(quarantineId, 'QUERY'), 'STILL_WRONG')
    assert.deepEqual(await Promise.all([one.resolve(quarantineId, 'BY_HAND', 'console, 14:05'), other.resolve(quarantineId, 'BY_HAND', 'console, 14:05')]), [
      'RESOLVED',
      'RESOLVED',
    ])
    assert.equal(await one.resolve(quarantineId, 'BY_HAND', 'again'), 'RESOLVED')
    assert.equal(await one.resolve(quarantineId, 'QUERY'), 'RESOLVED_OTHERWISE')
    assert.equal(await one.resolve(quarantineId, 'DISMISS', 'too late'), 'RESOLVED_OTHERWISE')
    assert.deepEqual(await one.quarantine(), [])
    assert.equal((await one.refund(refundId))?.state, 'done')
    assert.deepEqual([(await one.row(paymentId)).refundingFen, (await one.row(paymentId)).refundedFen], [0, 100])
    assert.deepEqual((await one.row(paymentId)).events.at(-1), { at: world.clock.now(), what: 'refunded by hand', detail: `${refundId}: 100 fen` })
    // What the platform says of it later moves nothing more.
    await one.notify(world.wechat.tellRefund(paymentId, refundId, 'CLOSED'))
    assert.deepEqual(await one.published('payment.refund_settled'), [`ord_1:refund_done:${refundId}`])
    assert.deepEqual(await decisions(store), ['by_hand by admin-1: console, 14:05'])
    assert.deepEqual(
      (await one.effects()).map(({ state, amount }) => `${state} ${amount}`),
      ['EFFECT_STATE_RELEASED 0'],
    )
    assert.deepEqual(await one.violations(), [])
  })

  test('a process that died between settling by hand and keeping the decision: the same decision again ends it', async () => {
    const [store, world] = [await open(), testWorld()]
    const dying = paymentsOn(store, world, (bus) => ({
      ...bus,
      publishIff: async (...asked) => {
        if (asked[1].some(({ id }) => id.includes(':resolved:'))) throw new Error('killed')
        return bus.publishIff(...asked)
      },
    }))
    const { refundId, quarantineId } = await refusedOn(dying)
    await assert.rejects(dying.resolve(quarantineId, 'BY_HAND', 'console'), /killed/)
    const payments = paymentsOn(store, world)
    assert.deepEqual([(await payments.refund(refundId))?.state, (await payments.quarantine()).length], ['done', 1])
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'RESOLVED')
    assert.deepEqual(await payments.quarantine(), [])
    assert.deepEqual(await payments.published('payment.refund_settled'), [`ord_1:refund_done:${refundId}`])
    assert.deepEqual(await payments.violations(), [])
  })

  test('what somebody waits for is not dismissed: not while a person has to look, nor while it is under way again', async () => {
    const payments = paymentsOn(await open())
    const { paymentId, refundId, quarantineId } = await refusedOn(payments)
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'oops'), 'STILL_WRONG')
    await payments.notify(payments.wechat.tellRefund(paymentId, refundId, 'PROCESSING'))
    assert.equal((await payments.refund(refundId))?.state, 'asked')
    assert.equal(await payments.resolve(quarantineId, 'DISMISS', 'oops'), 'STILL_WRONG')
    // The platform gives up once more: the same entry, and it is still there.
    await payments.elapse(lookEveryMs)
    assert.equal((await payments.refund(refundId))?.state, 'stuck')
    assert.equal((await payments.quarantine()).length, 1)
    assert.deepEqual(await payments.violations(), [])
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'RESOLVED')
  })

  test('by hand is for refunds of ours that wait for a person, and for nothing else', async () => {
    const payments = paymentsOn(await open())
    const { paymentId, refundId, quarantineId } = await refusedOn(payments)
    payments.orders.put('ord_2')
    const another = await payments.begin('ord_2', { over: 'wechat' })
    // About a payment; about a refund of nobody; and about another payment or platform, under the number of one that waits.
    await payments.notify(payments.wechat.tell(paymentId, { amountFen: 1 }))
    await payments.notify(payments.wechat.tellRefund(paymentId, 'rf_of_nobody', 'DONE', 100))
    await payments.notify(payments.wechat.tellRefund(another, refundId, 'DONE', 100))
    await payments.notify({ ...payments.wechat.tellRefund(paymentId, refundId, 'DONE', 100), channel: 'CHANNEL_ALIPAY' })
    const others = (await payments.quarantine()).filter((entry) => entry.quarantineId !== quarantineId)
    assert.equal(others.length, 4)
    for (const other of others) assert.equal(await payments.resolve(other.quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG')
    assert.equal((await payments.quarantine()).length, 5)
    assert.equal((await payments.refund(refundId))?.state, 'stuck')
    // They are not what keeps it waiting.
    for (const other of others) assert.equal(await payments.resolve(other.quarantineId, 'DISMISS', 'none of ours'), 'RESOLVED')
    // Asked for again, or ended by the platform itself: its query tells, and nobody gives it back a second time.
    await payments.notify(payments.wechat.tellRefund(paymentId, refundId, 'PROCESSING'))
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG')
    await payments.notify(payments.wechat.tellRefund(paymentId, refundId, 'DONE', 100))
    assert.equal(await payments.resolve(quarantineId, 'BY_HAND', 'console'), 'STILL_WRONG')
    assert.deepEqual(await payments.violations(), [])
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
