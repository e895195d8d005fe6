import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { answersTo, codeOf, only, priceFen, until, type Customer, type PayingShop, type StartPayingShop } from '../paying-shop.ts'

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function paymentFlows(startPayingShop: StartPayingShop): void {
  describe('paying over HTTP, at the sandbox', () => {
    let shop: PayingShop
    let customer: Customer

    before(async () => {
      shop = await startPayingShop()
      customer = await shop.newCustomer()
    })
    after(() => shop.stop())

    const stateOf = async (orderId: string) => (await customer.read(orderId)).state
    const pay = (payment: Parameters<typeof codeOf>[0], outcome = 'success') => shop.platforms.call('POST', '/sandbox/pay', { ...codeOf(payment), outcome })
    const strike = (fault: object) => shop.platforms.call('POST', '/sandbox/faults', fault)

    const ways: readonly (readonly [channel: string, product: string, link: 'payUrl' | 'codeUrl' | 'bridge', acknowledged: string])[] = [
      ['alipay', 'page', 'payUrl', '200 success'],
      ['alipay', 'wap', 'payUrl', '200 success'],
      ['alipay', 'precreate', 'codeUrl', '200 success'],
      ['wechat', 'native', 'codeUrl', '204'],
      ['wechat', 'h5', 'payUrl', '204'],
      ['wechat', 'jsapi', 'bridge', '204'],
    ]
    for (const [channel, product, link, acknowledged] of ways) {
      test(`${channel} ${product}: ordered, paid, points granted, logged; the platform is answered "${acknowledged}"`, async () => {
        const buyer = await shop.newCustomer()
        const { orderId, state } = await buyer.order()
        assert.equal(state, 'awaiting_payment')
        const payment = await buyer.begin(orderId, channel, product)
        assert.deepEqual([payment.state, payment.amountFen, payment[link] !== undefined], ['pending', priceFen, true])
        await pay(payment)
        await until(async () => (await buyer.read(orderId)).state, 'paid')
        assert.equal((await buyer.payment(payment.paymentId)).state, 'paid')
        await until(async () => (await buyer.me()).points, Math.floor(priceFen / 100))
        await until(() => shop.logged(orderId), ['order.paid', 'payment.paid'])
        await until(async () => answersTo(only(await shop.platforms.deliveries(payment.paymentId))), [acknowledged])
      })
    }

    test('asking again is the same payment as long as it is open; another platform is another one', async () => {
      const { orderId } = await customer.order()
      const first = await customer.begin(orderId, 'wechat')
      const together = await Promise.all(Array.from({ length: 5 }, () => customer.begin(orderId, 'wechat', 'native')))
      assert.deepEqual(new Set(together.map(({ paymentId }) => paymentId)), new Set([first.paymentId]))
      assert.notEqual((await customer.begin(orderId, 'alipay')).paymentId, first.paymentId)
    })

    test('a payment that fails at the platform changes nothing, and can be tried again', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'alipay', 'precreate')
      await pay(payment, 'fail')
      assert.equal(await stateOf(orderId), 'awaiting_payment')
      await pay(payment)
      await until(() => stateOf(orderId), 'paid')
    })

    test('what is no payment is refused in words', async () => {
      const stranger = await shop.newCustomer(1_000_000)
      const mine = (await customer.order()).orderId
      const paid = (await stranger.order({ useBalanceFen: 'max' })).orderId
      const cancelled = (await stranger.order()).orderId
      await stranger.cancel(cancelled)
      const refused: readonly (readonly [orderId: string, body: object, status: number, code: string])[] = [
        [mine, { channel: 'alipay' }, 404, 'not_found'],
        ['nothing', { channel: 'alipay' }, 404, 'not_found'],
        [paid, { channel: 'alipay' }, 409, 'order_not_payable'],
        [cancelled, { channel: 'wechat' }, 409, 'order_not_payable'],
        [paid, { channel: 'cash' }, 400, 'invalid_request'],
        [paid, { channel: 'alipay', product: 'native' }, 400, 'invalid_request'],
        [paid, { channel: 'wechat', product: 'jsapi' }, 400, 'invalid_request'],
        [paid, { channel: 'wechat', openId: 'x' }, 400, 'invalid_request'],
        [paid, { channel: 'alipay', amountFen: 1 }, 400, 'invalid_request'],
      ]
      for (const [orderId, body, status, code] of refused) {
        const answer = await stranger.pay(orderId, body)
        assert.deepEqual([answer.status, answer.body['code']], [status, code], `${orderId} ${JSON.stringify(body)}`)
      }
    })

    test("another's payment is not to be seen", async () => {
      const { paymentId } = await customer.begin((await customer.order()).orderId, 'alipay')
      const { token } = await shop.newCustomer()
      const answer = await shop.call('GET', `/api/payments/${paymentId}`, { token })
      assert.deepEqual([answer.status, answer.body['code']], [404, 'not_found'])
    })

    test('an order that was paid twice, over both platforms, is paid once; the other money goes back by itself, once', async () => {
      const buyer = await shop.newCustomer()
      const { orderId } = await buyer.order()
      const payments = [await buyer.begin(orderId, 'alipay', 'precreate'), await buyer.begin(orderId, 'wechat')]
      await Promise.all(payments.map((payment) => pay(payment)))
      await until(
        async () => (await Promise.all(payments.map(({ paymentId }) => buyer.payment(paymentId)))).map(({ state }) => state).toSorted(),
        ['paid', 'refunded'],
      )
      const trades = await Promise.all(payments.map(({ paymentId }) => shop.trade(paymentId)))
      assert.deepEqual(
        trades.flatMap((trade) => trade?.refunds ?? []).map(({ amountFen }) => amountFen),
        [priceFen],
      )
      assert.equal((await buyer.read(orderId)).state, 'paid')
      await until(() => shop.logged(orderId), ['order.paid', 'order.payment_surplus', 'payment.paid', 'payment.paid', 'payment.refund_settled'])
      assert.equal((await buyer.me()).points, Math.floor(priceFen / 100))
    })

    test('a code that nobody has scanned yet may be paid after its order was cancelled: the money goes back by itself', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'alipay', 'precreate')
      assert.deepEqual([(await customer.cancel(orderId)).status, await stateOf(orderId)], [200, 'cancelled'])
      await pay(payment)
      await until(async () => (await customer.payment(payment.paymentId)).state, 'refunded')
      assert.equal((await shop.trade(payment.paymentId))?.refundedFen, priceFen)
      assert.equal(await stateOf(orderId), 'cancelled')
      await until(() => shop.logged(orderId), ['order.payment_surplus', 'payment.paid', 'payment.refund_settled'])
    })

    test('a cancelled order can no longer be paid where the platform knows the trade', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'wechat')
      await customer.cancel(orderId)
      assert.equal((await shop.trade(payment.paymentId))?.state, 'closed')
      await assert.rejects(pay(payment), /is closed/)
      assert.equal((await customer.pay(orderId, { channel: 'wechat' })).status, 409)
    })

    test('an order whose payment nobody told us about is not cancelled: the platform is asked, and it is paid', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'wechat')
      await strike({ outTradeNo: payment.paymentId, notify: { drop: true } })
      await pay(payment)
      const answer = await customer.cancel(orderId)
      assert.deepEqual([answer.status, answer.body['code']], [409, 'not_cancellable'])
      await until(() => stateOf(orderId), 'paid')
    })

    const badAnswers: readonly (readonly [channel: string, product: string, api: object])[] = [
      ['alipay', 'precreate', { timeoutAfterCommit: true }],
      ['alipay', 'precreate', { unsigned: true }],
      ['alipay', 'precreate', { signature: 'other-key' }],
      ['wechat', 'native', { timeoutAfterCommit: true }],
      ['wechat', 'native', { unsigned: true }],
      ['wechat', 'native', { signature: 'bad' }],
      ['alipay', 'precreate', { status: 500, afterCommit: true }],
      ['wechat', 'native', { status: 500, afterCommit: true }],
      ['wechat', 'native', { errorCode: 'SYSTEM_ERROR', afterCommit: true }],
    ]
    for (const [channel, product, api] of badAnswers) {
      test(`${channel} ${product} is made, and the answer is ${JSON.stringify(api)}: unknown; asked again, it is the same payment, paid once`, async () => {
        const { orderId } = await customer.order()
        await strike({ channel, next: 1, api: { operations: ['create'], ...api } })
        const tradesBefore = (await shop.platforms.trades()).length
        const answer = await customer.pay(orderId, { channel, product })
        assert.deepEqual([answer.status, answer.body['code']], [503, 'unavailable'])
        // Alipay has a code now, and a trade once somebody scans it.
        assert.equal((await shop.platforms.trades()).length, channel === 'wechat' ? tradesBefore + 1 : tradesBefore)
        const payment = await customer.begin(orderId, channel, product)
        await pay(payment)
        await until(() => stateOf(orderId), 'paid')
        assert.equal((await shop.platforms.trades()).filter(({ outTradeNo }) => outTradeNo === payment.paymentId).length, 1)
        await until(() => shop.logged(orderId), ['order.paid', 'payment.paid'])
      })
    }

    test('a close whose answer is lost: the platform is queried, and only what it says counts', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'wechat')
      await strike({ outTradeNo: payment.paymentId, next: 1, api: { operations: ['close'], timeoutAfterCommit: true } })
      assert.equal((await customer.cancel(orderId)).status, 200)
      assert.deepEqual([await stateOf(orderId), (await shop.trade(payment.paymentId))?.state], ['cancelled', 'closed'])
    })

    test('a platform that does not say whether it is paid keeps the order from being cancelled', async () => {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, 'wechat')
      await strike({ outTradeNo: payment.paymentId, next: 3, api: { operations: ['query', 'close'], status: 500 } })
      const answer = await customer.cancel(orderId)
      assert.deepEqual([answer.status, answer.body['code']], [503, 'unavailable'])
      assert.equal(await stateOf(orderId), 'awaiting_payment')
      await shop.platforms.call('DELETE', '/sandbox/faults')
      assert.equal((await customer.cancel(orderId)).status, 200)
    })

    test('afterwards the books are clean', async () => {
      await shop.assertCleanAudit()
      assert.deepEqual((await shop.call('GET', '/admin/dead-letters', { token: shop.adminToken })).body, { items: [] })
      assert.deepEqual((await shop.call('GET', '/admin/quarantine', { token: shop.adminToken })).body, { items: [] })
    })
  })

  describe('an order that nobody pays in time', () => {
    let shop: PayingShop

    before(async () => {
      shop = await startPayingShop({ UNPAID_TIMEOUT_MS: '4000' })
    })
    after(() => shop.stop())

    test('is cancelled once its trades are closed at the platforms; one that was paid in the last moment, untold, is paid', async () => {
      const customer = await shop.newCustomer()
      const begin = async (channel: string, product: string) => {
        const { orderId } = await customer.order()
        return customer.begin(orderId, channel, product)
      }
      const [wechat, alipay, paid] = await Promise.all([begin('wechat', 'native'), begin('alipay', 'precreate'), begin('wechat', 'h5')])
      await shop.platforms.call('POST', '/sandbox/scan', codeOf(alipay))
      await shop.platforms.call('POST', '/sandbox/faults', { notify: { drop: true } })
      await shop.platforms.call('POST', '/sandbox/pay', codeOf(paid))
      const endings = async () =>
        (await Promise.all([wechat, alipay, paid].map(({ orderId }) => customer.read(orderId)))).map(({ state, cancelReason }) => cancelReason ?? state)
      await until(endings, ['unpaid', 'unpaid', 'paid'])
      const trades = await Promise.all([wechat, alipay, paid].map(({ paymentId }) => shop.trade(paymentId)))
      assert.deepEqual(
        trades.map((trade) => trade?.state),
        ['closed', 'closed', 'paid'],
      )
      await shop.assertCleanAudit()
    })
  })
}
