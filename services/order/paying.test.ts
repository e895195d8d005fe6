import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics } from '@suanpan/contracts/topics'
import { busSchema } from '@suanpan/runtime/bus'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { orderSchema } from './service.ts'
import { ordersOn, type Closing } from './testing.ts'

describeOnEveryEngine({ name: 'order', schemas: [orderSchema, busSchema] }, (open) => {
  test('a payment makes the order paid, and says once what it was paid with', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000, balanceFen: 300 })
    assert.deepEqual(await orders.paid([orderId, 'pay_1', 700], [orderId, 'pay_1', 700]), ['done', 'done'])
    assert.deepEqual(await orders.paid([orderId, 'pay_1', 700]), ['done'])
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid'])
    const { orderId: _, ...said } = topics.orderPaid.body.decode(await orders.body(`${orderId}:paid`))
    assert.deepEqual(said, { userId: 'user-1', paidFen: 1_000, paymentId: 'pay_1' })
    const [facts] = await orders.facts(orderId)
    assert.deepEqual([facts?.state, facts?.paymentId, facts?.dueAt], ['ORDER_STATE_PAID', 'pay_1', 0])
    assert.deepEqual(
      (await orders.get(orderId)).events.map(({ name }) => name),
      ['opened', 'confirmed', 'paid'],
    )
    assert.deepEqual(await orders.violations(), [])
  })

  test('of two payments over two channels at once, one pays the order, and the other is said to be surplus, once', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    await Promise.all([
      orders.paid([orderId, 'pay_1', 1_000]),
      orders.paid([orderId, 'pay_2', 1_000], [orderId, 'pay_1', 1_000]),
      orders.paid([orderId, 'pay_2', 1_000]),
    ])
    const paymentId = (await orders.facts(orderId))[0]?.paymentId
    const surplusId = paymentId === 'pay_1' ? 'pay_2' : 'pay_1'
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid', `surplus:already_paid:${surplusId}`])
    const said = topics.orderPaymentSurplus.body.decode(await orders.body(`${orderId}:surplus:already_paid:${surplusId}`))
    assert.deepEqual(said, { orderId, paymentId: surplusId, amountFen: 1_000, reason: 'already_paid' })
    assert.deepEqual(await orders.violations(), [])
  })

  test('of two payments told in one batch, the order is said to be paid by the one that paid it', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    await orders.paid([orderId, 'pay_1', 1_000], [orderId, 'pay_2', 1_000])
    assert.equal((await orders.facts(orderId))[0]?.paymentId, 'pay_1')
    assert.equal(topics.orderPaid.body.decode(await orders.body(`${orderId}:paid`)).paymentId, 'pay_1')
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid', 'surplus:already_paid:pay_2'])
  })

  test('what balance and coupon have paid, no platform can pay: it is surplus', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000, balanceFen: 1_000 })
    assert.deepEqual(await orders.paid([orderId, 'pay_1', 1_000]), ['done'])
    assert.deepEqual(await orders.published(orderId), ['paid', 'surplus:already_paid:pay_1'])
    assert.equal(orders.asked.length, 0)
    assert.deepEqual(await orders.violations(), [])
  })

  test('a payment that cannot be is not believed: it waits, or is laid aside for a person', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    assert.deepEqual(await orders.paid(['ord_nobody', 'pay_1', 1_000], [orderId, 'pay_2', 999], [orderId, 'pay_3', 1_001]), ['retry', 'poison', 'poison'])
    assert.equal(await orders.stateOf(orderId), 'AWAITING_PAYMENT')
    assert.deepEqual(await orders.published(orderId), ['confirmed'])
  })

  test('a customer cancels only what the payment service has closed', async () => {
    const cases: { closing: Closing; answer: string; state: string; published: string[] }[] = [
      { closing: () => 'CLOSE_OUTCOME_PAID', answer: 'NOT_CANCELLABLE', state: 'AWAITING_PAYMENT', published: ['confirmed'] },
      { closing: () => 'CLOSE_OUTCOME_OPEN', answer: 'UNAVAILABLE', state: 'AWAITING_PAYMENT', published: ['confirmed'] },
      { closing: () => undefined, answer: 'UNAVAILABLE', state: 'AWAITING_PAYMENT', published: ['confirmed'] },
      { closing: () => 'CLOSE_OUTCOME_CLOSED', answer: 'CANCELLED', state: 'CANCELLED', published: ['confirmed', 'cancelled:customer'] },
    ]
    const orders = ordersOn(await open())
    for (const [index, { closing, answer, state, published }] of cases.entries()) {
      orders.answerClosing(closing)
      const orderId = await orders.place({ key: `tea-${index}`, priceFen: 1_000 })
      assert.equal(await orders.cancel(orderId), answer)
      assert.equal(await orders.stateOf(orderId), state)
      assert.deepEqual(await orders.published(orderId), published)
      assert.equal(orders.asked.at(-1)?.reason, 'CLOSE_REASON_CUSTOMER')
    }
  })

  test('nothing is asked about orders that cannot have open payments', async () => {
    const orders = ordersOn(await open())
    const paid = await orders.place({ key: 'paid', priceFen: 1_000, balanceFen: 1_000 })
    assert.equal(await orders.cancel(paid), 'NOT_CANCELLABLE')
    assert.equal(await orders.cancel(paid, 'user-2'), 'NOT_FOUND')
    assert.equal(await orders.cancel('ord_nobody'), 'NOT_FOUND')
    assert.equal(orders.asked.length, 0)
    const cancelled = await orders.place({ key: 'cancelled', priceFen: 1_000 })
    assert.deepEqual([await orders.cancel(cancelled), await orders.cancel(cancelled)], ['CANCELLED', 'CANCELLED'])
    assert.equal(orders.asked.length, 1)
  })

  test('whichever comes first, the payment or the cancel: the order is paid, or the money is surplus', async () => {
    const orders = ordersOn(await open())
    for (let round = 0; round < 20; round++) {
      const orderId = await orders.place({ key: `tea-${round}`, priceFen: 1_000 })
      const pay = () => orders.paid([orderId, 'pay_1', 1_000])
      const cancel = () => orders.cancel(orderId)
      const [answer] = round % 2 === 0 ? await Promise.all([cancel(), pay()]) : (await Promise.all([pay(), cancel()])).toReversed()
      const state = await orders.stateOf(orderId)
      const published = await orders.published(orderId)
      if (state === 'PAID') assert.deepEqual([answer, published], ['NOT_CANCELLABLE', ['confirmed', 'paid']])
      else assert.deepEqual([answer, published], ['CANCELLED', ['confirmed', 'cancelled:customer', 'surplus:cancelled:pay_1']])
    }
    assert.deepEqual(await orders.violations(), [])
  })

  test('a payment that arrives while its order is being closed wins over the cancel', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    orders.answerClosing(() => orders.paid([orderId, 'pay_1', 1_000]).then(() => 'CLOSE_OUTCOME_CLOSED'))
    assert.equal(await orders.cancel(orderId), 'NOT_CANCELLABLE')
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'paid'])
    assert.deepEqual(await orders.violations(), [])
  })

  test('a payment that comes after the cancel is surplus, and the order stays cancelled', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    await orders.cancel(orderId)
    assert.deepEqual(await orders.paid([orderId, 'pay_1', 1_000], [orderId, 'pay_1', 1_000], [orderId, 'pay_2', 1_000]), ['done', 'done', 'done'])
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'cancelled:customer', 'surplus:cancelled:pay_1', 'surplus:cancelled:pay_2'])
    assert.equal(await orders.stateOf(orderId), 'CANCELLED')
    assert.deepEqual(
      (await orders.get(orderId)).events.map(({ name }) => name),
      ['opened', 'confirmed', 'cancelled', 'payment_surplus', 'payment_surplus'],
    )
    assert.deepEqual(await orders.violations(), [])
  })

  test('while a platform hangs over one order, others are cancelled all the same', async () => {
    const orders = ordersOn(await open())
    const [hanging, quick] = [await orders.place({ key: 'tea', priceFen: 1_000 }), await orders.place({ key: 'cup', priceFen: 1_000 })]
    const answer = Promise.withResolvers<'CLOSE_OUTCOME_OPEN'>()
    const reached = Promise.withResolvers<void>()
    orders.answerClosing(({ orderId }) => {
      if (orderId !== hanging) return 'CLOSE_OUTCOME_CLOSED'
      reached.resolve()
      return answer.promise
    })
    const waiting = orders.cancel(hanging)
    await reached.promise
    assert.equal(await orders.cancel(quick), 'CANCELLED')
    answer.resolve('CLOSE_OUTCOME_OPEN')
    assert.equal(await waiting, 'UNAVAILABLE')
    assert.deepEqual(await orders.violations(), [])
  })

  test('at its expiry an order is cancelled once it is closed; until then it is asked about less and less often', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    const dueInMs = async () => ((await orders.facts(orderId))[0]?.dueAt ?? 0) - orders.clock.now()
    const steps: { waitMs: number; closing: Closing; state: string; nextInMs: number }[] = [
      { waitMs: 59_999, closing: () => 'CLOSE_OUTCOME_CLOSED', state: 'AWAITING_PAYMENT', nextInMs: 1 },
      { waitMs: 1, closing: () => undefined, state: 'AWAITING_PAYMENT', nextInMs: 5_000 },
      { waitMs: 4_999, closing: () => 'CLOSE_OUTCOME_CLOSED', state: 'AWAITING_PAYMENT', nextInMs: 1 },
      { waitMs: 1, closing: () => 'CLOSE_OUTCOME_OPEN', state: 'AWAITING_PAYMENT', nextInMs: 5_000 },
      { waitMs: 5_000, closing: () => 'CLOSE_OUTCOME_PAID', state: 'AWAITING_PAYMENT', nextInMs: 10_000 },
      { waitMs: 90_000, closing: () => 'CLOSE_OUTCOME_OPEN', state: 'AWAITING_PAYMENT', nextInMs: 60_000 },
      { waitMs: 60_000, closing: () => 'CLOSE_OUTCOME_CLOSED', state: 'CANCELLED', nextInMs: -Number.POSITIVE_INFINITY },
    ]
    for (const { waitMs, closing, state, nextInMs } of steps) {
      await orders.clock.advance(waitMs)
      orders.answerClosing(closing)
      await orders.sweeper.sweep()
      assert.equal(await orders.stateOf(orderId), state)
      if (state !== 'CANCELLED') assert.equal(await dueInMs(), nextInMs)
    }
    assert.deepEqual(await orders.published(orderId), ['confirmed', 'cancelled:unpaid'])
    assert.deepEqual(new Set(orders.asked.map(({ reason }) => reason)), new Set(['CLOSE_REASON_EXPIRED']))
  })

  test('word of the payment may come while its order is put off: it is paid, and never looked at again', async () => {
    const orders = ordersOn(await open())
    const orderId = await orders.place({ key: 'tea', priceFen: 1_000 })
    orders.answerClosing(() => 'CLOSE_OUTCOME_PAID')
    await orders.clock.advance(60_000)
    await Promise.all([orders.sweeper.sweep(), orders.paid([orderId, 'pay_1', 1_000])])
    assert.equal(await orders.stateOf(orderId), 'PAID')
    assert.equal((await orders.facts(orderId))[0]?.dueAt, 0)
    assert.deepEqual(await orders.violations(), [])
  })
})
