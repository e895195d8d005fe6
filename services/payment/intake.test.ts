import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bus } from '@suanpan/runtime/bus'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { engine, paymentsOn, testWorld } from './testing/index.ts'

/** A process that dies after a notification is durable, and before it is settled. */
const dies = (bus: Bus): Bus => ({ ...bus, publishIff: () => Promise.reject(new Error('the process is gone')) })

describeOnEveryEngine(engine, (open) => {
  test('a notification pays the attempt, once, however often it comes', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    payments.alipay.pay(paymentId)
    const notification = payments.alipay.tell(paymentId)
    await payments.notify(notification, notification)
    await payments.notify(notification)
    await payments.notify(payments.alipay.tell(paymentId))
    const { state, tradeNo, paidAt, queryAt } = await payments.row(paymentId)
    assert.deepEqual([state, tradeNo, paidAt, queryAt], ['paid', `trade-${paymentId}`, payments.clock.now(), null])
    assert.deepEqual(await payments.published(), [`ord_1:payment_paid:${paymentId}`])
    assert.deepEqual([payments.marks.get('payment.paid'), payments.marks.get('payment.already_paid')], [1, 1])
    assert.equal(payments.marks.get('payment.dropped'), 2)
    assert.deepEqual(
      (await payments.effects()).map(({ orderId, state: held, amount }) => `${orderId} ${held} ${amount}`),
      ['ord_1 EFFECT_STATE_KEPT 100'],
    )
    assert.deepEqual(await payments.violations(), [])
  })

  test('many at once, in two processes: one effect', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    world.orders.put('ord_1')
    const paymentId = await one.begin('ord_1')
    world.alipay.pay(paymentId)
    const same = world.alipay.tell(paymentId)
    const all = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? same : world.alipay.tell(paymentId)))
    await Promise.all(all.map((notification, index) => (index % 3 === 0 ? one : other).notify(notification)))
    await Promise.all([one.settled(), other.settled()])
    assert.deepEqual(await one.published(), [`ord_1:payment_paid:${paymentId}`])
    assert.deepEqual(
      (await one.effects()).map(({ amount }) => amount),
      [100],
    )
    assert.deepEqual(await one.violations(), [])
  })

  test('in any order, a state moves forward only', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    const [first, second] = [await payments.begin('ord_1'), await payments.begin('ord_2')]
    payments.alipay.pay(first)
    await payments.notify(payments.alipay.tell(first))
    await payments.notify(payments.alipay.tellClosed(first))
    assert.equal(await payments.state(first), 'paid')
    await payments.notify(payments.alipay.tellClosed(second))
    assert.equal(await payments.state(second), 'closed')
    // Paid in the moment of closing: money that came is money that came.
    await payments.notify(payments.alipay.tell(second))
    assert.equal(await payments.state(second), 'paid')
    assert.deepEqual((await payments.row(second)).events.at(-1)?.detail, 'notification alipay:alipay-4, after it was closed')
    assert.equal((await payments.published('payment.paid')).length, 2)
  })

  test('signed, and yet not to be believed: answered, quarantined, nothing changed', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.orders.put('ord_2')
    const [paymentId, paid] = [await payments.begin('ord_1'), await payments.begin('ord_2')]
    payments.alipay.pay(paid)
    await payments.notify(payments.alipay.tell(paid))
    const before = await payments.row(paymentId)
    const { tell, tellRefund } = payments.alipay
    const cases = [
      { notification: tell(paymentId, { amountFen: 99 }), reason: 'amount_differs', orderId: 'ord_1' },
      { notification: tell(paymentId, { amountFen: 101 }), reason: 'amount_differs', orderId: 'ord_1' },
      { notification: tell(paymentId, { currency: 'USD' }), reason: 'currency_differs', orderId: 'ord_1' },
      { notification: { ...tell(paymentId), paymentId: 'pay_of_nobody' }, reason: 'unknown_payment', orderId: '' },
      { notification: { ...tell(paymentId), channel: 'CHANNEL_WECHAT' as const }, reason: 'channel_differs', orderId: 'ord_1' },
      { notification: tell(paid, { tradeNo: 'another' }), reason: 'trade_differs', orderId: 'ord_2' },
      { notification: tellRefund(paid, 'rf_of_nobody', 'DONE', 100), reason: 'unknown_refund', orderId: 'ord_2' },
    ]
    for (const [index, { notification, reason, orderId }] of cases.entries()) {
      await payments.notify(notification)
      const entries = await payments.quarantine()
      assert.equal(entries.length, index + 1)
      assert.ok(entries.some((entry) => entry.reason === reason && entry.orderId === orderId))
    }
    assert.deepEqual(await payments.row(paymentId), before)
    assert.equal((await payments.published('payment.noted')).length, cases.length)
    assert.equal((await payments.published('payment.paid')).length, 1)
    assert.deepEqual(await payments.violations(), [])
  })

  test('a second notification under one number, saying something else, does not count', async () => {
    const store = await open()
    const world = testWorld()
    const [dying, payments] = [paymentsOn(store, world, dies), paymentsOn(store, world)]
    world.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    world.alipay.pay(paymentId)
    const first = world.alipay.tell(paymentId)
    await dying.notify(first)
    await payments.notify({ ...world.alipay.tellClosed(paymentId), notificationId: first.notificationId })
    assert.equal(await payments.state(paymentId), 'paid')
  })

  test('what a dead process left behind is settled by the next one, and until then the books say so', async () => {
    const [store, world] = [await open(), testWorld()]
    const [dying, payments] = [paymentsOn(store, world, dies), paymentsOn(store, world)]
    world.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    world.alipay.pay(paymentId)
    await dying.notify(world.alipay.tell(paymentId))
    assert.equal(await payments.state(paymentId), 'pending')
    world.alipay.failAll('silent')
    await world.clock.advance(60_001)
    assert.deepEqual(await payments.violations(), ['payment.inbox notification alipay:alipay-1 was acknowledged and not settled'])
    await payments.elapse(1_000)
    assert.equal(await payments.state(paymentId), 'paid')
    assert.deepEqual(await payments.violations(), [])
  })

  test('what is being settled by a living process is left to it', async () => {
    const [store, world] = [await open(), testWorld()]
    const [dying, payments] = [paymentsOn(store, world, dies), paymentsOn(store, world)]
    world.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    await dying.notify(world.alipay.tell(paymentId))
    await payments.elapse(2_000)
    assert.equal(await payments.state(paymentId), 'pending')
    await payments.elapse(1_000)
    assert.equal(await payments.state(paymentId), 'paid')
  })

  test('a notification that cannot be settled holds up nobody', async () => {
    const store = await open()
    const payments = paymentsOn(store)
    const orderIds = ['ord_1', 'ord_2', 'ord_3', 'ord_4', 'ord_5']
    for (const orderId of orderIds) payments.orders.put(orderId)
    const paymentIds = await Promise.all(orderIds.map((orderId) => payments.begin(orderId)))
    // Its order's row is lost: no rule allows that, and settling it fails for good.
    await store.transact(async (tx) => tx.execute("DELETE FROM payment_order WHERE order_id = 'ord_3'", []))
    await payments.notify(...paymentIds.map((paymentId) => payments.alipay.tell(paymentId)))
    const states = await Promise.all(paymentIds.map(payments.state))
    assert.deepEqual(states, ['paid', 'paid', 'pending', 'paid', 'paid'])
  })

  test('what no platform can have said is refused, with nothing kept', async () => {
    const store = await open()
    const payments = paymentsOn(store)
    payments.orders.put('ord_1')
    const good = payments.alipay.tell(await payments.begin('ord_1'))
    const { trade: _, ...saysNothing } = good
    const bad = [
      { ...good, channel: 'CHANNEL_UNSPECIFIED' as const },
      saysNothing,
      { ...good, trade: { state: 'TRADE_STATE_UNSPECIFIED' as const, tradeNo: '', amountFen: 0, currency: '', paidAt: 0 } },
      { ...saysNothing, refund: { refundId: 'rf_1', state: 'REFUND_STATE_UNSPECIFIED' as const, amountFen: 0 } },
    ]
    for (const notification of bad) await assert.rejects(payments.receive(good, notification))
    assert.deepEqual(await store.read.query('SELECT * FROM payment_inbox', []), [])
  })

  test('rows that move between what is announced and what is decided: both are done again', async () => {
    const [store, world] = [await open(), testWorld()]
    const fast = paymentsOn(store, world)
    world.orders.put('ord_1')
    const paymentId = await fast.begin('ord_1')
    let isFirst = true
    const slow = paymentsOn(store, world, (bus) => ({
      ...bus,
      publishIff: async (...asked) => {
        // Announced: the payment. Now another process settles it, by another trade, and this one has to say something else.
        if (isFirst) await fast.notify(world.alipay.tell(paymentId))
        isFirst = false
        return bus.publishIff(...asked)
      },
    }))
    await slow.notify(world.alipay.tell(paymentId, { tradeNo: 'another' }))
    assert.equal(slow.marks.get('payment.moved'), 1)
    assert.equal((await slow.row(paymentId)).tradeNo, `trade-${paymentId}`)
    assert.deepEqual(
      (await slow.quarantine()).map(({ reason }) => reason),
      ['trade_differs'],
    )
    assert.equal((await slow.published('payment.paid')).length, 1)
    assert.equal((await slow.published('payment.noted')).length, 1)
  })

  test('what was settled three months ago is pruned, and nothing else', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    const paymentIds = [await payments.begin('ord_1'), await payments.begin('ord_2')]
    for (const paymentId of paymentIds) {
      payments.alipay.pay(paymentId)
      await payments.notify(payments.alipay.tell(paymentId))
      await payments.clock.advance(50 * 24 * 60 * 60 * 1_000)
    }
    assert.deepEqual(await payments.inboxed(), paymentIds)
    payments.start()
    await payments.clock.advance(60 * 60 * 1_000)
    await payments.settled()
    assert.deepEqual(await payments.inboxed(), paymentIds.slice(1))
  })

  test('two processes, two trades of one attempt, at once: one pays it, the other is quarantined', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    for (let round = 1; round <= 10; round++) {
      const orderId = `ord_${round}`
      world.orders.put(orderId)
      const paymentId = await one.begin(orderId)
      await Promise.all([one.receive(world.alipay.tell(paymentId)), other.receive(world.alipay.tell(paymentId, { tradeNo: 'another' }))])
      await Promise.all([one.settled(), other.settled()])
    }
    assert.equal((await one.published('payment.paid')).length, 10)
    assert.deepEqual(
      (await one.quarantine()).map(({ reason }) => reason),
      Array.from({ length: 10 }, () => 'trade_differs'),
    )
    assert.deepEqual(await one.violations(), [])
  })
})
