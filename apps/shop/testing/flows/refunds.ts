import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { codeOf, priceFen, until, type Customer, type PaymentAnswer, type PayingShop, type StartPayingShop } from '../paying-shop.ts'

const balanceFen = 5_000
const discountFen = 1_000
/** Of the order: 88 yuan, less the coupon, less 30 yuan of balance. */
const usedBalanceFen = 3_000
const platformFen = priceFen - discountFen - usedBalanceFen
const paidFen = platformFen + usedBalanceFen

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function refundFlows(startPayingShop: StartPayingShop): void {
  describe('refunds over HTTP, at the sandbox', () => {
    let shop: PayingShop
    before(async () => {
      shop = await startPayingShop()
    })
    after(() => shop.stop())

    const productOf = { alipay: 'precreate', wechat: 'native' } as const

    /** An order of a new customer, paid by coupon, balance and platform. */
    async function paidOrder(
      channel: keyof typeof productOf,
    ): Promise<{ readonly customer: Customer; readonly payment: PaymentAnswer; readonly orderId: string }> {
      const customer = await shop.newCustomer(balanceFen)
      const { orderId, payableFen } = await customer.order({ couponId: `coupon-${customer.userId}`, useBalanceFen: usedBalanceFen })
      assert.equal(payableFen, platformFen)
      const payment = await customer.begin(orderId, channel, productOf[channel])
      await shop.platforms.call('POST', '/sandbox/pay', codeOf(payment))
      await until(async () => (await customer.me()).points, Math.floor(paidFen / 100))
      return { customer, payment, orderId }
    }

    const states = async (orderId: string) => (await shop.refunds(orderId)).map(({ state }) => state)
    /** What a customer sees. */
    const seen = async (customer: Customer, orderId: string) => {
      const [order, { balanceFen: balance, points, coupons }] = await Promise.all([customer.read(orderId), customer.me()])
      return { state: order.state, refundedFen: order.refundedFen ?? 0, balance, points, coupon: coupons.map(({ state }) => state).join() }
    }

    // At once: most of the time a platform wants to be left alone.
    describe('each of a customer of its own', { concurrency: true }, () => {
      for (const channel of ['alipay', 'wechat'] as const) {
        test(`${channel}: in parts, platform money first; points in proportion, the coupon with the last part`, async () => {
          const { customer, payment, orderId } = await paidOrder(channel)
          const points = Math.floor(paidFen / 100)
          const leftPoints = (refundedFen: number) => points - Math.floor((points * refundedFen) / paidFen)
          type Part = readonly [amountFen: number | undefined, platform: number, balance: number, seenAfter: Awaited<ReturnType<typeof seen>>]
          const parts: readonly [Part, Part, Part, Part] = [
            [799, 799, 0, { state: 'partially_refunded', refundedFen: 799, balance: 2_000, points: leftPoints(799), coupon: 'claimed' }],
            [1, 1, 0, { state: 'partially_refunded', refundedFen: 800, balance: 2_000, points: leftPoints(800), coupon: 'claimed' }],
            [5_000, 4_000, 1_000, { state: 'partially_refunded', refundedFen: 5_800, balance: 3_000, points: leftPoints(5_800), coupon: 'claimed' }],
            [undefined, 0, 2_000, { state: 'refunded', refundedFen: paidFen, balance: balanceFen, points: 0, coupon: 'usable' }],
          ]
          // WeChat Pay wants a minute between two refunds of one order, which is long: it pays the first three parts at once.
          const asked = channel === 'alipay' ? parts : [[5_800, platformFen, 1_000, parts[2][3]] as const, parts[3]]
          for (const [index, [amountFen, platform, balance, seenAfter]] of asked.entries()) {
            const answer = await shop.refund(orderId, `part-${index}`, amountFen)
            assert.deepEqual([answer.status, answer.body['platformFen'], answer.body['balanceFen']], [platform > 0 ? 202 : 201, platform, balance], answer.text)
            await until(() => seen(customer, orderId), seenAfter)
          }
          const trade = await shop.trade(payment.paymentId)
          assert.deepEqual(
            trade?.refunds.map((refund) => refund.amountFen),
            channel === 'alipay' ? [799, 1, 4_000] : [platformFen],
          )
          assert.equal((await customer.payment(payment.paymentId)).state, 'refunded')
          await until(async () => (await shop.logged(orderId)).filter((topic) => topic === 'order.refunded').length, asked.length)
        })
      }

      test('several at once of one order are done one after the other, as the platform wants it, each once', async () => {
        const { payment, orderId } = await paidOrder('alipay')
        const answers = await Promise.all([100, 200, 300].map((amountFen) => shop.refund(orderId, `at-once-${amountFen}`, amountFen)))
        assert.deepEqual(
          answers.map(({ status }) => status),
          [202, 202, 202],
        )
        await until(() => states(orderId), ['done', 'done', 'done'])
        const amounts = ((await shop.trade(payment.paymentId))?.refunds ?? []).map(({ amountFen }) => amountFen)
        assert.deepEqual(
          amounts.toSorted((one, other) => one - other),
          [100, 200, 300],
        )
      })

      test('the same key is the same refund, however often and however fast it is asked for', async () => {
        const { payment, orderId } = await paidOrder('wechat')
        const answers = await Promise.all(Array.from({ length: 8 }, () => shop.refund(orderId, 'once', 700)))
        assert.deepEqual(new Set(answers.map(({ status, body }) => `${status} ${String(body['refundId'])}`)).size, 1)
        await until(() => states(orderId), ['done'])
        const again = await shop.refund(orderId, 'once', 700)
        assert.deepEqual([again.status, again.body['state'], again.headers.get('idempotency-replayed')], [201, 'done', 'true'])
        assert.equal((await shop.trade(payment.paymentId))?.refundedFen, 700)
      })

      test('what cannot be refunded is refused in words, and moves nothing', async () => {
        const { customer, orderId } = await paidOrder('alipay')
        const unpaid = (await customer.order()).orderId
        await shop.refund(orderId, 'first', 1_000)
        const refused: readonly (readonly [orderId: string, key: string, amountFen: number | undefined, status: number, code: string])[] = [
          [orderId, 'too-much', paidFen - 999, 409, 'exceeds_paid'],
          [orderId, 'first', 1_001, 422, 'idempotency_key_reused'],
          [orderId, 'nothing', 0, 400, 'invalid_request'],
          [unpaid, 'unpaid', undefined, 409, 'not_refundable'],
          ['nothing', 'nothing', undefined, 404, 'not_found'],
        ]
        for (const [id, key, amountFen, status, code] of refused) {
          const answer = await shop.refund(id, key, amountFen)
          assert.deepEqual([answer.status, answer.body['code']], [status, code], key)
        }
        const asCustomer = await shop.call('POST', `/admin/orders/${orderId}/refunds`, {
          token: customer.token,
          body: { reason: 'mine' },
          headers: { 'idempotency-key': 'x' },
        })
        assert.equal(asCustomer.status, 403)
        await until(() => states(orderId), ['done'])
      })

      const lost: readonly (readonly [channel: keyof typeof productOf, api: object])[] = [
        ['alipay', { timeoutAfterCommit: true }],
        ['alipay', { unsigned: true }],
        ['alipay', { status: 500, afterCommit: true }],
        ['alipay', { errorCode: 'SYSTEM_ERROR', afterCommit: true }],
        ['wechat', { timeoutAfterCommit: true }],
        ['wechat', { unsigned: true }],
        ['wechat', { status: 503, afterCommit: true }],
        ['wechat', { errorCode: 'SYSTEM_ERROR', afterCommit: true }],
      ]
      for (const [channel, api] of lost) {
        test(`${channel} refunds, and the answer is ${JSON.stringify(api)}: the refund is done once, under one number`, async () => {
          const { payment, orderId } = await paidOrder(channel)
          await shop.platforms.call('POST', '/sandbox/faults', { outTradeNo: payment.paymentId, next: 1, api: { operations: ['refund'], ...api } })
          const { refundId } = (await shop.refund(orderId, 'lost', 900)).body
          await until(() => states(orderId), ['done'])
          assert.deepEqual(
            (await shop.trade(payment.paymentId))?.refunds.map(({ outRefundNo, amountFen }) => [outRefundNo, amountFen]),
            [[refundId, 900]],
          )
        })
      }

      test('a refund of which nothing is heard, and which no query knows of for some seconds, is asked about late enough', async () => {
        const { payment, orderId } = await paidOrder('alipay')
        const strike = (fault: object) => shop.platforms.call('POST', '/sandbox/faults', { outTradeNo: payment.paymentId, ...fault })
        await strike({ next: 1, api: { operations: ['refund'], timeoutAfterCommit: true } })
        await strike({ api: { operations: ['queryRefund'], queryLagMs: 9_000 } })
        await strike({ notify: { drop: true } })
        await shop.refund(orderId, 'unseen', 900)
        await until(() => states(orderId), ['done'])
        assert.deepEqual((await shop.trade(payment.paymentId))?.refundedFen, 900)
      })

      test('a refund that the platform ends without paying has failed: nothing moved, and it can be asked for again', async () => {
        const { customer, payment, orderId } = await paidOrder('wechat')
        await shop.platforms.call('POST', '/sandbox/faults', {
          outTradeNo: payment.paymentId,
          next: 1,
          api: { operations: ['refund'], refundEnding: 'closed' },
        })
        await shop.refund(orderId, 'first', 900)
        await until(() => states(orderId), ['failed'])
        assert.deepEqual((await seen(customer, orderId)).state, 'paid')
        // The platform wants a minute first, and is not asked before.
        assert.equal((await shop.refund(orderId, 'second', 900)).status, 202)
        await until(async () => (await states(orderId)).toSorted(), ['failed', 'processing'])
        assert.equal((await shop.trade(payment.paymentId))?.refunds.length, 1)
      })

      test('a refund that the platform cannot hand out waits in the quarantine', async () => {
        const { payment, orderId } = await paidOrder('wechat')
        await shop.platforms.call('POST', '/sandbox/faults', {
          outTradeNo: payment.paymentId,
          next: 1,
          api: { operations: ['refund'], refundEnding: 'abnormal' },
        })
        await shop.refund(orderId, 'abnormal', 900)
        const waiting = async () =>
          (await shop.call('GET', '/admin/quarantine', { token: shop.adminToken })).body['items'] as { paymentId: string; reason: string }[]
        await until(async () => (await waiting()).map(({ paymentId, reason }) => [paymentId, reason]), [[payment.paymentId, 'refund_abnormal']])
        assert.deepEqual(await states(orderId), ['processing'])
        assert.equal((await shop.refund(orderId, 'the-same-money', paidFen - 899)).body['code'], 'exceeds_paid')
      })
    })

    test('afterwards the books are clean', async () => {
      await shop.assertCleanAudit()
      assert.deepEqual((await shop.call('GET', '/admin/dead-letters', { token: shop.adminToken })).body, { items: [] })
    })
  })
}
