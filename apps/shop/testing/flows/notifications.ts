import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { answersTo, codeOf, only, priceFen, until, type Customer, type PaymentAnswer, type PayingShop, type StartPayingShop } from '../paying-shop.ts'

/** Until the platform says again what was not acknowledged: of its time, which passes at once. */
const retryAfterMs = 245_000

interface Quarantined {
  readonly quarantineId: string
  readonly paymentId: string
  readonly reason: string
  readonly resolution: string
}

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function notificationFlows(startPayingShop: StartPayingShop): void {
  describe('what platforms tell, genuinely or not', () => {
    let shop: PayingShop
    let customer: Customer
    let admin: { readonly token: string }

    before(async () => {
      shop = await startPayingShop({ UNPAID_TIMEOUT_MS: '7200000' })
      customer = await shop.newCustomer()
      admin = { token: shop.adminToken }
    })
    after(() => shop.stop())

    const stateOf = async ({ orderId }: PaymentAnswer) => (await customer.read(orderId)).state
    const productOf = { alipay: 'precreate', wechat: 'native' } as const
    type Channel = keyof typeof productOf

    /** A new payment, paid at the platform, whose notifications suffer this. */
    async function paidUnder(channel: Channel, notify: object, next?: number): Promise<PaymentAnswer> {
      const { orderId } = await customer.order()
      const payment = await customer.begin(orderId, channel, productOf[channel])
      await shop.platforms.call('POST', '/sandbox/faults', { outTradeNo: payment.paymentId, notify, ...(next === undefined ? {} : { next }) })
      await shop.platforms.call('POST', '/sandbox/pay', codeOf(payment))
      return payment
    }

    /** Answers to the first notification of a payment, once there are so many. */
    const answers = async (payment: PaymentAnswer, count: number) => {
      await until(async () => (await shop.platforms.deliveries(payment.paymentId)).flatMap(answersTo).length >= count, true)
      return (await shop.platforms.deliveries(payment.paymentId)).flatMap(answersTo)
    }

    const good = { alipay: '200 success', wechat: '204' } as const
    const harmless: readonly (readonly [channel: Channel, notify: object, tries: number])[] = [
      ['alipay', { duplicate: 3 }, 4],
      ['wechat', { duplicate: 3 }, 4],
      ['alipay', { duplicate: 2, duplicateWithNewId: true }, 3],
      ['wechat', { duplicate: 2, duplicateWithNewId: true }, 3],
      ['alipay', { delayMs: 300 }, 1],
      ['wechat', { emptyAssociatedData: true }, 1],
    ]
    for (const [channel, notify, tries] of harmless) {
      test(`${channel} ${JSON.stringify(notify)}: acknowledged each time, one effect`, async () => {
        const payment = await paidUnder(channel, notify)
        await until(() => stateOf(payment), 'paid')
        assert.deepEqual(
          await answers(payment, tries),
          Array.from({ length: tries }, () => good[channel]),
        )
        await until(() => shop.logged(payment.orderId), ['order.paid', 'payment.paid'])
      })
    }

    for (const channel of ['alipay', 'wechat'] as const) {
      test(`${channel}: one that was lost comes again, and counts then`, async () => {
        const payment = await paidUnder(channel, { drop: true }, 1)
        assert.equal(await stateOf(payment), 'awaiting_payment')
        await shop.platforms.call('POST', '/sandbox/clock', { advanceMs: retryAfterMs })
        await until(() => stateOf(payment), 'paid')
      })
    }

    test('of the payment after those of its refunds: each tells what it tells, once', async () => {
      // WeChat Pay wants a minute between two refunds of one payment.
      const partsOver = { alipay: [300, 200], wechat: [500] } as const
      for (const channel of ['alipay', 'wechat'] as const) {
        const parts = partsOver[channel]
        const payment = await paidUnder(channel, { reorder: true }, 1)
        // The shop learns of it in another way: who cancels makes it ask.
        assert.equal((await customer.cancel(payment.orderId)).body['code'], 'not_cancellable')
        await until(() => stateOf(payment), 'paid')
        assert.deepEqual((await shop.platforms.deliveries(payment.paymentId)).flatMap(answersTo), [])
        for (const [part, amountFen] of parts.entries()) await shop.refund(payment.orderId, `reordered-${channel}-${part}`, amountFen)
        const states = async () => (await shop.platforms.deliveries(payment.paymentId)).map(({ state }) => state)
        await until(states, ['acknowledged', ...parts.map(() => 'acknowledged')])
        await until(async () => (await customer.read(payment.orderId)).refundedFen, 500)
        assert.equal(await stateOf(payment), 'partially_refunded')
        const refunds = parts.flatMap(() => ['order.refunded', 'payment.refund_settled'])
        await until(() => shop.logged(payment.orderId), ['order.paid', 'payment.paid', ...refunds].toSorted())
      }
    })

    const forged: readonly (readonly [channel: Channel, notify: object, answer: RegExp, counted: string])[] = [
      ['alipay', { signature: 'bad' }, /^401 fail: unverified \(bad_signature\)$/, 'bad_signature'],
      ['alipay', { signature: 'missing' }, /^401 fail: unverified \(unsigned\)$/, 'unsigned'],
      ['alipay', { signature: 'other-key' }, /^401 fail: unverified \(bad_signature\)$/, 'bad_signature'],
      ['alipay', { appId: '2021000000000009' }, /^401 fail: unverified \(not_ours\)$/, 'not_ours'],
      ['alipay', { merchantId: '2088000000000009' }, /^401 fail: unverified \(not_ours\)$/, 'not_ours'],
      ['wechat', { signature: 'bad' }, /^401 .*bad_signature/, 'bad_signature'],
      ['wechat', { signature: 'missing' }, /^401 .*unsigned/, 'unsigned'],
      ['wechat', { signature: 'other-key' }, /^401 .*bad_signature/, 'bad_signature'],
      ['wechat', { signature: 'stale' }, /^401 .*stale/, 'stale'],
      ['wechat', { signature: 'probe' }, /^401 .*bad_signature/, 'bad_signature'],
      ['wechat', { appId: 'wx0000000000000009' }, /^401 .*not_ours/, 'not_ours'],
      ['wechat', { merchantId: '1900000009' }, /^401 .*not_ours/, 'not_ours'],
      ['wechat', { tamperedCiphertext: true }, /^401 .*bad_signature/, 'bad_signature'],
    ]
    for (const [channel, notify, answer, counted] of forged) {
      test(`${channel} ${JSON.stringify(notify)}: refused as ${counted}, nothing changes; the genuine one after it counts`, async () => {
        const countBefore = await shop.counted(channel, counted)
        const payment = await paidUnder(channel, notify, 1)
        assert.match(only(await answers(payment, 1)), answer)
        assert.equal(await shop.counted(channel, counted), countBefore + 1)
        assert.equal(await stateOf(payment), 'awaiting_payment')
        assert.deepEqual(await shop.logged(payment.orderId), [])
        const { notificationId } = only(await shop.platforms.deliveries(payment.paymentId))
        await shop.platforms.call('POST', `/sandbox/deliveries/${notificationId}/resend`, {})
        await until(() => stateOf(payment), 'paid')
      })
    }

    const quarantined = async () => (await shop.call('GET', '/admin/quarantine', admin)).body['items'] as readonly Quarantined[]
    const resolve = (id: string, body: object) => shop.call('POST', `/admin/quarantine/${id}/resolve`, { ...admin, body })

    const mismatched: readonly (readonly [channel: Channel, notify: object, reason: string])[] = [
      ['alipay', { amountFen: 1 }, 'amount_differs'],
      ['wechat', { amountFen: priceFen + 1 }, 'amount_differs'],
      ['wechat', { currency: 'USD' }, 'currency_differs'],
    ]
    for (const [channel, notify, reason] of mismatched) {
      test(`${channel} ${JSON.stringify(notify)}, genuinely signed: acknowledged, kept in the quarantine as ${reason}, and no effect until it is asked again`, async () => {
        const payment = await paidUnder(channel, notify, 1)
        await until(async () => (await quarantined()).map((entry) => [entry.paymentId, entry.reason]), [[payment.paymentId, reason]])
        assert.equal(await shop.measured('suanpan_payment_quarantine_open'), 1)
        assert.deepEqual(await answers(payment, 1), [good[channel]])
        assert.equal(await stateOf(payment), 'awaiting_payment')
        const { quarantineId } = only(await quarantined())
        assert.equal((await resolve(quarantineId, { action: 'query' })).status, 200)
        await until(() => stateOf(payment), 'paid')
        assert.equal((await resolve(quarantineId, { action: 'query' })).status, 200)
        assert.deepEqual((await resolve(quarantineId, { action: 'dismiss', note: 'changed my mind' })).body['code'], 'resolved_otherwise')
        assert.deepEqual(await quarantined(), [])
        assert.equal(await shop.measured('suanpan_payment_quarantine_open'), 0)
        await until(() => shop.logged(payment.orderId), ['order.paid', 'payment.noted', 'payment.noted', 'payment.paid'])
      })
    }

    for (const channel of ['alipay', 'wechat'] as const) {
      test(`${channel}: one payment under two trade numbers is paid once; the other number waits for a person`, async () => {
        const payment = await paidUnder(channel, {}, 1)
        await until(() => stateOf(payment), 'paid')
        const { notificationId } = only(await shop.platforms.deliveries(payment.paymentId))
        const notify = { tradeNo: 'another_trade', duplicate: 1, duplicateWithNewId: true }
        await shop.platforms.call('POST', '/sandbox/faults', { outTradeNo: payment.paymentId, next: 1, notify })
        await shop.platforms.call('POST', `/sandbox/deliveries/${notificationId}/resend`, {})
        await until(async () => (await quarantined()).map((entry) => [entry.paymentId, entry.reason]), [[payment.paymentId, 'trade_differs']])
        const { quarantineId } = only(await quarantined())
        assert.equal((await resolve(quarantineId, { action: 'dismiss', note: 'refunded in the console' })).status, 200)
        await until(() => shop.logged(payment.orderId), ['order.paid', 'payment.noted', 'payment.noted', 'payment.paid'])
      })
    }

    test('a payment that the shop never began goes into the quarantine, and a person dismisses it with a note', async () => {
      const payment = await paidUnder('wechat', { outTradeNo: 'NOBODY_KNOWS_THIS_1' }, 1)
      await until(async () => (await quarantined()).map(({ paymentId, reason }) => [paymentId, reason]), [['NOBODY_KNOWS_THIS_1', 'unknown_payment']])
      const { quarantineId } = only(await quarantined())
      assert.deepEqual((await resolve(quarantineId, { action: 'query' })).body['code'], 'still_wrong')
      assert.equal((await resolve(quarantineId, { action: 'dismiss' })).status, 400)
      const dismissed = await resolve(quarantineId, { action: 'dismiss', note: 'of our other system' })
      assert.deepEqual([dismissed.status, dismissed.body['resolution']], [200, 'dismiss'])
      assert.deepEqual(await quarantined(), [])
      assert.equal(await stateOf(payment), 'awaiting_payment')
    })

    test('a flood of forgeries from the same address keeps nothing, and does not hold a genuine one up', async () => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const flood = async (): Promise<readonly number[]> => {
        const statuses: number[] = []
        for (let index = 0; index < 60; index++) {
          statuses.push((await shop.call('POST', '/notify/alipay', { headers: form, body: `notify_id=${index}&sign_type=RSA2&sign=AAAA&app_id=1` })).status)
        }
        return statuses
      }
      const flooding = Promise.all(Array.from({ length: 10 }, flood))
      const payments = await Promise.all([paidUnder('alipay', { delayMs: 1 }), paidUnder('wechat', { delayMs: 1 })])
      for (const payment of payments) await until(() => stateOf(payment), 'paid')
      const statuses = new Set((await flooding).flat())
      assert.deepEqual(
        [...statuses].filter((status) => ![400, 401, 429].includes(status)),
        [],
      )
      assert.deepEqual(await quarantined(), [])
    })

    test('afterwards the books are clean', async () => {
      await shop.assertCleanAudit()
      assert.deepEqual((await shop.call('GET', '/admin/dead-letters', admin)).body, { items: [] })
    })
  })
}
