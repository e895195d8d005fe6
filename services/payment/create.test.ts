import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { engine, noon, paymentsOn, testWorld } from './testing/index.ts'

describeOnEveryEngine(engine, (open) => {
  test('an attempt is durable before the platform is asked, and asking again answers the same one', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1', { titles: ['Tea', 'Cup'] })
    payments.alipay.beforeNext('create', async () => {
      const [made] = (await payments.ofOrder('ord_1')).payments
      assert.deepEqual([made?.state, made?.payUrl, made?.amountFen], ['PAYMENT_STATE_PENDING', undefined, 100])
    })
    const { outcome, payment } = await payments.create('ord_1')
    assert.equal(outcome, 'CREATED')
    assert.match(payment?.paymentId ?? '', /^pay_[0-9A-Z]{26}$/)
    const { paymentId, ...shown } = payment ?? { paymentId: '' }
    assert.deepEqual(shown, {
      orderId: 'ord_1',
      userId: 'user-1',
      channel: 'CHANNEL_ALIPAY',
      product: 'page',
      amountFen: 100,
      state: 'PAYMENT_STATE_PENDING',
      createdAt: noon,
      expiresAt: noon + 900_000,
      refundedFen: 0,
      payUrl: `pay://${paymentId}`,
      codeUrl: undefined,
      bridgeParameters: undefined,
    })
    assert.equal((await payments.row(paymentId)).subject, 'Tea 等2种商品')
    assert.deepEqual((await payments.create('ord_1')).payment, payment)
    assert.deepEqual(payments.alipay.calls, [`create ${paymentId}`])
  })

  test('each reason not to begin', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.orders.put('ord_cancelled', { state: 'ORDER_STATE_CANCELLED' })
    payments.orders.put('ord_paid', { state: 'ORDER_STATE_PAID' })
    payments.orders.put('ord_over', { expiresAt: noon })
    payments.orders.put('ord_barred')
    await payments.close('CUSTOMER', 'ord_barred', 'ord_never_seen')
    payments.orders.put('ord_never_seen')
    const cases = [
      { orderId: 'ord_1', asked: { channel: 'CHANNEL_UNSPECIFIED' }, outcome: 'CHANNEL_NOT_OFFERED' },
      { orderId: 'ord_1', asked: { product: 'native' }, outcome: 'CHANNEL_NOT_OFFERED' },
      { orderId: 'none', asked: {}, outcome: 'ORDER_NOT_FOUND' },
      { orderId: 'ord_1', asked: { userId: 'user-2' }, outcome: 'ORDER_NOT_FOUND' },
      { orderId: 'ord_cancelled', asked: {}, outcome: 'ORDER_NOT_PAYABLE' },
      { orderId: 'ord_paid', asked: {}, outcome: 'ORDER_NOT_PAYABLE' },
      { orderId: 'ord_over', asked: {}, outcome: 'ORDER_NOT_PAYABLE' },
      { orderId: 'ord_barred', asked: {}, outcome: 'ORDER_NOT_PAYABLE' },
      { orderId: 'ord_never_seen', asked: {}, outcome: 'ORDER_NOT_PAYABLE' },
    ] as const
    for (const { orderId, asked, outcome } of cases) assert.deepEqual(await payments.create(orderId, asked), { outcome, payment: undefined })
    payments.orders.goAway(true)
    assert.equal((await payments.create('ord_1')).outcome, 'UNAVAILABLE')
    assert.deepEqual(payments.alipay.calls, [])
    assert.equal(payments.marks.get('payment.create.barred'), 2)
  })

  for (const [lost, outcome] of [
    [1, 'CREATED'],
    [2, 'UNAVAILABLE'],
  ] as const) {
    test(`an order that cannot be read is read once more: not read ${lost} times, ${outcome}`, async () => {
      const payments = paymentsOn(await open())
      payments.orders.put('ord_1')
      payments.orders.loseNext(lost)
      assert.equal((await payments.create('ord_1')).outcome, outcome)
    })
  }

  test('many at once, in two processes, are one attempt; over another channel it is another', async () => {
    const [store, world] = [await open(), testWorld()]
    const [one, other] = [paymentsOn(store, world), paymentsOn(store, world)]
    world.orders.put('ord_1')
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : other).begin('ord_1')))
    assert.equal(new Set(made).size, 1)
    assert.deepEqual(world.alipay.tradeIds(), [made[0]])
    const code = await one.create('ord_1', { over: 'wechat' })
    assert.match(code.payment?.codeUrl ?? '', /^code:/)
    assert.equal((await one.ofOrder('ord_1')).payments.length, 2)
    assert.deepEqual(await one.violations(), [])
  })

  test('an answer that was lost is asked for again, under the same number', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.alipay.failNext('create', 'lost', 'silent')
    assert.equal((await payments.create('ord_1')).outcome, 'UNAVAILABLE')
    assert.equal((await payments.create('ord_1')).outcome, 'UNAVAILABLE')
    const paymentId = await payments.begin('ord_1')
    assert.deepEqual(payments.alipay.calls, [`create ${paymentId}`, `create ${paymentId}`, `create ${paymentId}`])
    assert.equal(await payments.state(paymentId), 'pending')
  })

  test('what the platform refuses is asked about all the same; the next try has a new number', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.alipay.failNext('create', 'rejected')
    assert.equal((await payments.create('ord_1')).outcome, 'CHANNEL_REFUSED')
    const [refused] = (await payments.ofOrder('ord_1')).payments
    const paymentId = await payments.begin('ord_1')
    assert.notEqual(refused?.paymentId, paymentId)
    assert.equal(await payments.state(refused?.paymentId ?? ''), 'refused')
    await payments.elapse(60_000, 30_000)
    assert.ok(payments.alipay.calls.includes(`query ${refused?.paymentId}`))
  })

  test('a paid order gets no other attempt, even before it has learned of its payment', async () => {
    const payments = paymentsOn(await open())
    await payments.paid('ord_1')
    for (const over of ['alipay', 'wechat'] as const) assert.equal((await payments.create('ord_1', { over })).outcome, 'ORDER_NOT_PAYABLE')
    assert.equal(payments.marks.get('payment.create.paid'), 2)
  })

  test('an order that is to be cancelled while its trade is being made: nobody gets the link, and the trade is closed', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    payments.wechat.beforeNext('create', () => payments.close('CUSTOMER', 'ord_1'))
    assert.deepEqual(await payments.create('ord_1', { over: 'wechat' }), { outcome: 'ORDER_NOT_PAYABLE', payment: undefined })
    const [made] = (await payments.ofOrder('ord_1')).payments
    assert.equal(made?.state, 'PAYMENT_STATE_CLOSED')
    assert.equal(payments.marks.get('payment.create.barred_meanwhile'), 1)
    assert.equal(payments.wechat.pay(made?.paymentId ?? ''), false)
  })

  test('what is tied to a device or an account is another attempt for another one, and neither is stored', async () => {
    const store = await open()
    const payments = paymentsOn(store)
    payments.orders.put('ord_1')
    const ofOpenId = (openId: string) => payments.begin('ord_1', { over: 'wechat', product: 'jsapi', openId })
    const [first, second] = [await ofOpenId('openid-of-somebody'), await ofOpenId('openid-of-another')]
    assert.notEqual(first, second)
    assert.equal(await ofOpenId('openid-of-somebody'), first)
    const ofAddress = (clientIp: string) => payments.create('ord_1', { over: 'wechat', product: 'h5', clientIp })
    const [here, again, there] = [await ofAddress('192.0.2.1'), await ofAddress('192.0.2.1'), await ofAddress('192.0.2.2')]
    assert.equal(here.payment?.paymentId, again.payment?.paymentId)
    // Links of this product live five minutes: the platform makes a new one, of the same trade.
    assert.notEqual(here.payment?.codeUrl, again.payment?.codeUrl)
    assert.notEqual(here.payment?.paymentId, there.payment?.paymentId)
    const everything = JSON.stringify(await store.read.query('SELECT * FROM payment', []))
    for (const secret of ['openid-of', '192.0.2']) assert.ok(!everything.includes(secret))
  })

  test('a code that is over, or nearly, is asked for anew under the same number; a page lasts as long as its trade', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1', { expiresAt: noon + 30 * 86_400_000 })
    const begin = async (over: 'alipay' | 'wechat', product: string) => {
      const { outcome, payment } = await payments.create('ord_1', { over, product })
      assert.deepEqual([outcome, payment?.state], ['CREATED', 'PAYMENT_STATE_PENDING'])
      return payment
    }
    const code = await begin('wechat', 'native')
    const page = await begin('alipay', 'page')
    await payments.clock.advance(110 * 60_000)
    assert.deepEqual(await begin('wechat', 'native'), code)
    await payments.clock.advance(5 * 60_000)
    const renewed = await begin('wechat', 'native')
    assert.equal(renewed?.paymentId, code?.paymentId)
    assert.notEqual(renewed?.codeUrl, code?.codeUrl)
    // From then on it is the new one that counts.
    await payments.clock.advance(110 * 60_000)
    assert.deepEqual(await begin('wechat', 'native'), renewed)
    assert.deepEqual(await begin('alipay', 'page'), page)
  })

  test('a platform that makes no new link is asked whether that is because the old one was paid', async () => {
    const payments = paymentsOn(await open())
    for (const [orderId, isPaid, outcome] of [
      ['ord_1', true, 'ORDER_NOT_PAYABLE'],
      ['ord_2', false, 'CHANNEL_REFUSED'],
    ] as const) {
      payments.orders.put(orderId, { expiresAt: noon + 30 * 86_400_000 })
      const paymentId = await payments.begin(orderId, { over: 'wechat' })
      if (isPaid) payments.wechat.pay(paymentId)
      await payments.clock.advance(2 * 60 * 60_000)
      payments.wechat.failNext('create', 'rejected')
      assert.equal((await payments.create(orderId, { over: 'wechat' })).outcome, outcome)
      assert.equal(await payments.state(paymentId), isPaid ? 'paid' : 'pending')
    }
  })

  test('nobody begins without end', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const asked = Array.from({ length: 25 }, (_, index) => payments.create('ord_1', { over: 'wechat', product: 'jsapi', openId: `openid-${index}` }))
    const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome)
    assert.equal(outcomes.filter((outcome) => outcome === 'CREATED').length, 20)
    assert.equal(payments.marks.get('payment.create.too_many'), 5)
  })

  test('a customer sees their own payments, and an operator each of them', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    assert.equal((await payments.get(paymentId, 'user-1'))?.orderId, 'ord_1')
    assert.equal(await payments.get(paymentId, 'user-2'), undefined)
    assert.equal((await payments.get(paymentId))?.orderId, 'ord_1')
    assert.equal(await payments.get('none'), undefined)
    assert.deepEqual(
      (await payments.ofOrder('ord_1')).events.map(({ what, detail }) => `${what} ${detail}`),
      ['created alipay page', 'offered redirect'],
    )
  })

  test('a platform wants at least a minute: an order that ends sooner is payable a little longer', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1', { expiresAt: noon + 1_000 })
    const paymentId = await payments.begin('ord_1')
    assert.equal((await payments.row(paymentId)).expiresAt, noon + 65_000)
  })
})
