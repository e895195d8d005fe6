import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { closingsAtOnce, outcomeOf } from './closing.ts'
import type { Finding } from './inquiry.ts'
import { engine, noon, paymentsOn, testWorld } from './testing/index.ts'

test('what the attempts of an order come to together', () => {
  const cases: { findings: Finding[]; expired: string; customer: string }[] = [
    { findings: [], expired: 'CLOSED', customer: 'CLOSED' },
    { findings: ['closed', 'closed'], expired: 'CLOSED', customer: 'CLOSED' },
    { findings: ['closed', 'unseen'], expired: 'OPEN', customer: 'CLOSED' },
    { findings: ['closed', 'unpaid'], expired: 'OPEN', customer: 'OPEN' },
    { findings: ['closed', 'unknown'], expired: 'OPEN', customer: 'OPEN' },
    { findings: ['closed', 'quarantined'], expired: 'CLOSED', customer: 'CLOSED' },
    { findings: ['unknown', 'paid'], expired: 'PAID', customer: 'PAID' },
    { findings: ['closed', 'paid'], expired: 'PAID', customer: 'PAID' },
  ]
  for (const { findings, expired, customer } of cases) {
    assert.equal(outcomeOf(findings, 'CLOSE_REASON_EXPIRED'), `CLOSE_OUTCOME_${expired}`)
    assert.equal(outcomeOf(findings, 'CLOSE_REASON_CUSTOMER'), `CLOSE_OUTCOME_${customer}`)
  }
})

describeOnEveryEngine(engine, (open) => {
  test('query, close, query: and only then is it closed; asking again asks no platform', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1', { over: 'wechat' })
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1', 'ord_of_nobody'), ['CLOSED', 'CLOSED'])
    assert.equal(await payments.state(paymentId), 'closed')
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1'), ['CLOSED'])
    const { calls } = payments.wechat
    assert.deepEqual(calls, [`create ${paymentId}`, `query ${paymentId}`, `close ${paymentId}`, `query ${paymentId}`])
    assert.equal(payments.wechat.pay(paymentId), false)
    assert.deepEqual(await payments.violations(), [])
  })

  test('an attempt over a platform that is not configured any more stays open, and one line in ten minutes says so', async () => {
    const [store, world] = [await open(), testWorld()]
    const before = paymentsOn(store, world)
    world.orders.put('ord_1')
    world.orders.put('ord_2')
    await before.begin('ord_1', { over: 'wechat' })
    await before.begin('ord_2', { over: 'wechat' })
    const payments = paymentsOn(store, world, undefined, 'wechat')
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1', 'ord_2'), ['OPEN', 'OPEN'])
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_1'), ['OPEN'])
    assert.equal(payments.warnings.filter((line) => line.includes('not configured')).length, 1)
    await world.clock.advance(600_000)
    await payments.close('EXPIRED', 'ord_1')
    assert.equal(payments.warnings.filter((line) => line.includes('not configured')).length, 2)
  })

  test('paid before, or in the moment of closing: paid, whatever the platform answers to the close', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2', 'ord_3']) payments.orders.put(orderId)
    const [before, during, lost] = await Promise.all(['ord_1', 'ord_2', 'ord_3'].map((orderId) => payments.begin(orderId, { over: 'wechat' })))
    assert.ok(before !== undefined && during !== undefined && lost !== undefined)
    payments.wechat.pay(before)
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1'), ['PAID'])
    payments.wechat.beforeNext('close', async () => payments.wechat.pay(during))
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_2'), ['PAID'])
    payments.wechat.failNext('close', 'lost')
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_3'), ['CLOSED'])
    assert.equal((await payments.published('payment.paid')).length, 2)
    // The notification of what the query told comes late, and tells nothing new.
    await payments.notify(payments.wechat.tell(before))
    assert.equal((await payments.published('payment.paid')).length, 2)
  })

  test('paid while the platform says closed, or knows nothing: what the ledger has decides', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1', { expiresAt: noon + 70_000 })
    const paymentId = await payments.begin('ord_1')
    await payments.clock.advance(75_000)
    // The customer paid in time; the platform's query is behind, its notification is not.
    payments.alipay.beforeNext('query', () => payments.notify(payments.alipay.tell(paymentId)))
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1'), ['PAID'])
    assert.equal(await payments.state(paymentId), 'paid')
  })

  test('a code that nobody has scanned: a customer does not wait for it, the end of its time does', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    const [cancelled, expired] = [await payments.begin('ord_1'), await payments.begin('ord_2')]
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_1'), ['CLOSED'])
    assert.deepEqual(await payments.close('EXPIRED', 'ord_2'), ['OPEN'])
    assert.deepEqual([await payments.state(cancelled), await payments.state(expired)], ['pending', 'pending'])
    // Paid all the same: the order will say that it has no use for it.
    payments.alipay.pay(cancelled)
    await payments.notify(payments.alipay.tell(cancelled))
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_1'), ['PAID'])
    await payments.clock.advance(900_000 + 5_000)
    assert.deepEqual(await payments.close('EXPIRED', 'ord_2'), ['CLOSED'])
    assert.equal(await payments.state(expired), 'closed')
  })

  test('a platform that does not answer leaves it open, and the others are closed', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    await payments.begin('ord_1', { over: 'wechat' })
    await payments.begin('ord_2')
    payments.alipay.failAll('silent')
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_1', 'ord_2'), ['CLOSED', 'OPEN'])
    assert.equal((await payments.create('ord_2', { over: 'wechat' })).outcome, 'ORDER_NOT_PAYABLE')
    payments.alipay.failAll(undefined)
    assert.deepEqual(await payments.close('CUSTOMER', 'ord_2'), ['CLOSED'])
  })

  test('a platform that is too slow leaves its own orders open, before the deadline, and others are closed', async () => {
    const payments = paymentsOn(await open())
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    const quick = await payments.begin('ord_1', { over: 'wechat' })
    await payments.begin('ord_2')
    const asked = Promise.withResolvers<void>()
    payments.alipay.beforeNext('query', () => {
      asked.resolve()
      return payments.clock.sleep(60_000)
    })
    const closing = payments.close('CUSTOMER', 'ord_1', 'ord_2')
    await asked.promise
    while ((await payments.state(quick)) !== 'closed') await new Promise((resolve) => setImmediate(resolve))
    await payments.clock.advance(7_900)
    assert.deepEqual(await closing, ['CLOSED', 'OPEN'])
  })

  test('many orders at once: a platform is asked about a few payments at a time, and about none once nobody waits', async () => {
    const payments = paymentsOn(await open())
    const orderIds = Array.from({ length: closingsAtOnce + 8 }, (_, index) => `ord_${index}`)
    const begin = async (orderId: string) => {
      payments.orders.put(orderId)
      return payments.begin(orderId, { over: 'wechat' })
    }
    for (const orderId of orderIds) await begin(orderId)
    const before = payments.wechat.calls.length
    payments.wechat.slowDown(10_000)
    const closing = payments.close('EXPIRED', ...orderIds)
    while (payments.wechat.calls.length < before + closingsAtOnce) await new Promise((resolve) => setImmediate(resolve))
    await payments.clock.advance(8_000)
    assert.deepEqual(new Set(await closing), new Set(['OPEN']))
    await payments.clock.advance(60_000)
    const asked = payments.wechat.calls.slice(before).map((call) => call.split(' ')[1])
    assert.deepEqual([new Set(asked).size, payments.wechat.mostAtOnce()], [closingsAtOnce, closingsAtOnce])
    payments.wechat.slowDown(0)
    assert.deepEqual(new Set(await payments.close('EXPIRED', ...orderIds)), new Set(['CLOSED']))
  })

  test('one that cannot be settled holds up no other order', async () => {
    const store = await open()
    const payments = paymentsOn(store)
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId)
    const paymentId = await payments.begin('ord_1', { over: 'wechat' })
    await payments.begin('ord_2', { over: 'wechat' })
    payments.wechat.pay(paymentId)
    // A row that no rule leads to: what it is paid with cannot be written.
    await store.transact(async (tx) => tx.execute("UPDATE payment SET order_id = 'ord_lost' WHERE payment_id = $1", [paymentId]))
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1', 'ord_2'), ['OPEN', 'CLOSED'])
  })

  test('what is in the quarantine is in a person’s hands, and keeps no order open', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1', { over: 'wechat' })
    payments.wechat.pay(paymentId, { amountFen: 1 })
    assert.deepEqual(await payments.close('EXPIRED', 'ord_1'), ['CLOSED'])
    assert.equal((await payments.quarantine())[0]?.reason, 'amount_differs')
    assert.equal(await payments.state(paymentId), 'pending')
    assert.deepEqual(await payments.violations(), [])
  })
})
