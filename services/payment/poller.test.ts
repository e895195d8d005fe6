import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { engine, lookEveryMs, noon, paymentsOn, testWorld } from './testing/index.ts'

/** Without any more time of the service's clock. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 1; look <= 2_000; look++) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail('it has not come')
}

describeOnEveryEngine(engine, (open) => {
  test('a lost notification is learned of within a minute', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    payments.alipay.pay(paymentId)
    await payments.elapse(60_000, 10_000)
    assert.equal(await payments.state(paymentId), 'paid')
    assert.deepEqual(await payments.published(), [`ord_1:payment_paid:${paymentId}`])
    await payments.elapse(600_000, 60_000)
    assert.equal(payments.alipay.calls.filter((call) => call.startsWith('query')).length, 1)
  })

  test('it asks less and less often, and closes what is unpaid once its time is over', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1', { over: 'wechat' })
    const askedAfterSeconds: number[] = []
    for (let seconds = 30; seconds <= 1_200; seconds += 30) {
      const before = payments.wechat.calls.length
      await payments.elapse(30_000, 30_000)
      if (payments.wechat.calls.length > before) askedAfterSeconds.push(seconds)
    }
    // 30 s, a minute, two, four, eight; at last five seconds after its 15 minutes.
    assert.deepEqual(askedAfterSeconds, [30, 90, 210, 450, 930])
    assert.deepEqual(payments.wechat.calls.slice(-3), [`query ${paymentId}`, `close ${paymentId}`, `query ${paymentId}`])
    const { state, queryAt } = await payments.row(paymentId)
    assert.deepEqual([state, queryAt], ['closed', null])
  })

  test('a trade that nobody opened ends with its time; while the platform is silent it does not', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1', { expiresAt: noon + 65_000 })
    const paymentId = await payments.begin('ord_1')
    payments.alipay.failAll('silent')
    await payments.elapse(200_000, 10_000)
    assert.equal(await payments.state(paymentId), 'pending')
    payments.alipay.failAll(undefined)
    await payments.elapse(600_000, 10_000)
    assert.equal(await payments.state(paymentId), 'closed')
    assert.match((await payments.row(paymentId)).events.at(-1)?.detail ?? '', /^its time is over/)
  })

  test('two processes ask once', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    for (let order = 1; order <= 30; order++) {
      world.orders.put(`ord_${order}`)
      await one.begin(`ord_${order}`)
    }
    await world.clock.advance(30_000)
    await Promise.all([one.elapse(lookEveryMs), other.elapse(lookEveryMs)])
    await Promise.all([one.settled(), other.settled()])
    const queries = world.alipay.calls.filter((call) => call.startsWith('query'))
    assert.equal(queries.length, 30)
    assert.equal(new Set(queries).size, 30)
  })

  test('as many as there are, in one look: more than are asked about at once', async () => {
    const payments = paymentsOn(await open())
    for (let order = 1; order <= 120; order++) payments.orders.put(`ord_${order}`)
    const paymentIds = await Promise.all(Array.from({ length: 120 }, (_, index) => payments.begin(`ord_${index + 1}`)))
    for (const paymentId of paymentIds) payments.alipay.pay(paymentId)
    await payments.clock.advance(30_000)
    payments.start()
    await payments.clock.advance(lookEveryMs)
    await until(async () => (await payments.published('payment.paid')).length === 120)
    await payments.settled()
  })

  test('a platform that hangs holds up nobody who pays over the other', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.orders.put('ord_2')
    const [hanging, paid] = [await payments.begin('ord_1'), await payments.begin('ord_2', { over: 'wechat' })]
    payments.wechat.pay(paid)
    const answered = Promise.withResolvers<void>()
    payments.alipay.beforeNext('query', () => answered.promise)
    const stopped = payments.elapse(31_000, 31_000)
    await until(async () => (await payments.state(paid)) === 'paid')
    assert.equal(await payments.state(hanging), 'pending')
    answered.resolve()
    await stopped
  })

  test('what cannot be right is asked about no more, until a person wants to know', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    payments.alipay.pay(paymentId, { amountFen: 1 })
    await payments.elapse(31_000, 31_000)
    assert.equal((await payments.row(paymentId)).queryAt, null)
    const asked = payments.alipay.calls.length
    await payments.elapse(3_600_000, 600_000)
    assert.equal(payments.alipay.calls.filter((call) => call.startsWith('query')).length, asked - 1)
    assert.equal((await payments.quarantine()).length, 1)
    assert.deepEqual(await payments.violations(), [])
  })
})
