import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { limits } from '@suanpan/edge'
import { type Answer, type LiveShop, type StartLiveShop } from '../live-shop.ts'

const sku = 'tea-longjing-250g'
let keys = 0

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function orderFlows(startLiveShop: StartLiveShop): void {
  describe('placing orders over HTTP', () => {
    let shop: LiveShop

    before(async () => {
      shop = await startLiveShop({ UNPAID_TIMEOUT_MS: '1500' })
      const admin = { token: shop.adminToken }
      await shop.call('POST', '/admin/products', { ...admin, body: { items: [{ sku: 'last-one', title: 'The last one', priceFen: 1_000, stock: 1 }] } })
      await shop.call('POST', '/admin/users', {
        ...admin,
        body: {
          items: [
            { userId: 'poor', balanceFen: 50 },
            { userId: 'rich', balanceFen: 10_000_000 },
            { userId: 'saver', balanceFen: 10_000_000 },
          ],
        },
      })
      const coupons = [
        { couponId: 'ten-off', userId: 'rich', discountFen: 1_000, minimumSpendFen: 5_000 },
        { couponId: 'everything', userId: 'rich', discountFen: 99_999_999 },
        { couponId: 'expired', userId: 'rich', discountFen: 100, expiresAt: 1 },
        { couponId: 'of-another', userId: 'poor', discountFen: 100 },
      ]
      await shop.call('POST', '/admin/coupons', { ...admin, body: { items: coupons } })
    })
    after(() => shop.stop())

    async function place(userId: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
      const token = await shop.tokenOf(userId)
      return shop.call('POST', '/api/orders', { token, body, headers: { 'idempotency-key': `key-${++keys}`, ...headers } })
    }

    const one = [{ sku, quantity: 1 }]

    test('what is asked for decides what is answered', async () => {
      const cases: { userId: string; body: object; status: number; said: string }[] = [
        { userId: 'rich', body: { items: one, useBalanceFen: 'max' }, status: 201, said: 'paid' },
        { userId: 'rich', body: { items: one, useBalanceFen: 100 }, status: 201, said: 'awaiting_payment' },
        { userId: 'rich', body: { items: one }, status: 201, said: 'awaiting_payment' },
        { userId: 'poor', body: { items: one, useBalanceFen: 'max' }, status: 201, said: 'awaiting_payment' },
        { userId: 'poor', body: { items: one, useBalanceFen: 51 }, status: 409, said: 'insufficient_balance' },
        { userId: 'rich', body: { items: [{ sku: 'last-one', quantity: 2 }] }, status: 409, said: 'out_of_stock' },
        { userId: 'rich', body: { items: [...one, { sku: 'last-one', quantity: 2 }] }, status: 409, said: 'out_of_stock' },
        { userId: 'rich', body: { items: [{ sku: 'nothing', quantity: 1 }] }, status: 400, said: 'unknown_sku' },
        { userId: 'rich', body: { items: one, couponId: 'expired' }, status: 409, said: 'coupon_not_usable' },
        { userId: 'rich', body: { items: one, couponId: 'of-another' }, status: 409, said: 'coupon_not_usable' },
        { userId: 'rich', body: { items: one, couponId: 'none' }, status: 409, said: 'coupon_not_usable' },
        { userId: 'rich', body: { items: [{ sku: 'last-one', quantity: 1 }], couponId: 'ten-off' }, status: 409, said: 'coupon_not_usable' },
        { userId: 'rich', body: { items: one, couponId: 'everything' }, status: 201, said: 'paid' },
        { userId: 'stranger', body: { items: one, useBalanceFen: 'max' }, status: 201, said: 'awaiting_payment' },
      ]
      for (const { userId, body, status, said } of cases) {
        const answer = await place(userId, body)
        assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`)
        assert.equal(answer.body[status === 201 ? 'state' : 'code'], said)
      }
    })

    test('each line has its own price and title, and the order is worth their sum', async () => {
      const products = [
        { sku: 'cheap', title: 'Cheap', priceFen: 100, stock: 100 },
        { sku: 'dear', title: 'Dear', priceFen: 2_300, stock: 100 },
      ]
      await shop.call('POST', '/admin/products', { token: shop.adminToken, body: { items: products } })
      for (const wanted of [products, products.toReversed()]) {
        const lines = wanted.map(({ sku: name, title, priceFen }, index) => ({ sku: name, title, quantity: index + 2, unitPriceFen: priceFen }))
        const { body } = await place('rich', { items: lines.map(({ sku: name, quantity }) => ({ sku: name, quantity })) })
        const itemsFen = lines.reduce((sum, { quantity, unitPriceFen }) => sum + quantity * unitPriceFen, 0)
        assert.deepEqual([body['items'], body['itemsFen'], body['payableFen']], [lines, itemsFen, itemsFen])
      }
    })

    test('a coupon never discounts more than the items, and pays for one order only', async () => {
      const body = { items: one, couponId: 'ten-off' }
      const first = await place('rich', body)
      assert.deepEqual([first.status, first.body['discountFen']], [201, 1_000])
      assert.equal((await place('rich', body)).body['code'], 'coupon_not_usable')
      const { coupons } = (await shop.call('GET', '/api/me', { token: await shop.tokenOf('rich') })).body as { coupons: { couponId: string; state: string }[] }
      assert.deepEqual(Object.fromEntries(coupons.map(({ couponId, state }) => [couponId, state])), {
        'ten-off': 'claimed',
        everything: 'claimed',
        expired: 'expired',
      })
    })

    test('the same key and body is one order and one answer; another body is refused', async () => {
      const key = { 'idempotency-key': 'the-same' }
      const body = { items: one, useBalanceFen: 100 }
      const together = await Promise.all(Array.from({ length: 8 }, () => place('rich', body, key)))
      const texts = new Set(together.map(({ text }) => text))
      assert.deepEqual([texts.size, together.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length], [1, 7])
      const reordered = await place('rich', { useBalanceFen: 100, items: [{ quantity: 1, sku }] }, key)
      assert.equal(reordered.text, together[0]?.text)
      assert.equal((await place('rich', { items: one }, key)).status, 422)
      assert.notEqual((await place('poor', body, key)).body['orderId'], together[0]?.body['orderId'])
    })

    test('a refusal is replayed, too', async () => {
      const key = { 'idempotency-key': 'refused' }
      const body = { items: [{ sku: 'last-one', quantity: 2 }] }
      const [first, again] = [await place('rich', body, key), await place('rich', body, key)]
      assert.equal(first.text, again.text)
      assert.equal(again.headers.get('idempotency-replayed'), 'true')
    })

    test('respond-async is answered 202 at once, worked off soon, and replayed as it was told', async () => {
      const headers = { prefer: 'respond-async', 'idempotency-key': 'async' }
      const body = { items: one, useBalanceFen: 'max' }
      const accepted = await place('rich', body, headers)
      assert.deepEqual([accepted.status, accepted.body['state'], accepted.headers.get('preference-applied')], [202, 'pending', 'respond-async'])
      const token = await shop.tokenOf('rich')
      await until(async () => (await shop.call('GET', accepted.headers.get('location') ?? '', { token })).body['state'] === 'paid')
      const replayed = await place('rich', body, headers)
      assert.deepEqual([replayed.status, replayed.text], [202, accepted.text])
    })

    test('unpaid orders expire and customers cancel what is not paid; everything comes back', async () => {
      const token = await shop.tokenOf('saver')
      const balance = async () => (await shop.call('GET', '/api/me', { token })).body['balanceFen'] as number
      const balanceBefore = await balance()
      const [expiring, cancelled] = [await place('saver', { items: one, useBalanceFen: 200 }), await place('saver', { items: one, useBalanceFen: 300 })]
      assert.equal(await balance(), balanceBefore - 500)
      const cancel = () => shop.call('POST', `/api/orders/${String(cancelled.body['orderId'])}/cancel`, { token })
      assert.deepEqual([(await cancel()).body['cancelReason'], (await cancel()).body['cancelReason']], ['customer', 'customer'])
      await until(async () => (await shop.call('GET', `/api/orders/${String(expiring.body['orderId'])}`, { token })).body['cancelReason'] === 'unpaid')
      await until(async () => (await balance()) === balanceBefore)
      const paid = await place('saver', { items: one, useBalanceFen: 'max' })
      const refused = await shop.call('POST', `/api/orders/${String(paid.body['orderId'])}/cancel`, { token })
      assert.deepEqual([refused.status, refused.body['code']], [409, 'not_cancellable'])
    })

    test('a confirm that fails gives everything back, and the timeline tells', async () => {
      const token = await shop.tokenOf('rich')
      const admin = { token: shop.adminToken }
      const balanceBefore = (await shop.call('GET', '/api/me', { token })).body['balanceFen']
      await shop.call('PUT', '/admin/faults', { ...admin, body: { confirmFails: 1 } })
      const answer = await place('rich', { items: one, useBalanceFen: 'max' })
      await shop.call('PUT', '/admin/faults', { ...admin, body: {} })
      assert.deepEqual([answer.status, answer.body['code']], [409, 'confirm_failed'])
      await until(async () => (await shop.call('GET', '/api/me', { token })).body['balanceFen'] === balanceBefore)
      const timeline = await shop.call('GET', `/admin/orders/${String(answer.body['orderId'])}/timeline`, admin)
      const { entries } = timeline.body as { entries: { source: string; what: string }[] }
      const told = entries.map(({ source, what }) => `${source} ${what}`)
      for (const entry of ['order opened', 'rpc debit_balance', 'order cancelled', 'message order.cancelled', 'inventory given back', 'user given back'])
        assert(told.includes(entry), `${entry} is not in ${told.join(', ')}`)
    })

    test('the dearest order there can be adds up to the fen', async () => {
      const dear = Array.from({ length: limits.linesPerOrder }, (_, index) => `dear-${index}`)
      const products = dear.map((name) => ({ sku: name, title: 'Dear', priceFen: limits.priceFen, stock: limits.quantityPerLine }))
      const imported = await shop.call('POST', '/admin/products', { token: shop.adminToken, body: { items: products } })
      assert.equal(imported.status, 200, imported.text)
      const items = dear.map((name) => ({ sku: name, quantity: limits.quantityPerLine }))
      const { status, body, text } = await shop.call('POST', '/api/orders', {
        token: await shop.tokenOf('user-0042'),
        body: { items },
        headers: { 'idempotency-key': 'dearest' },
      })
      assert.deepEqual([status, body['payableFen']], [201, limits.linesPerOrder * limits.quantityPerLine * limits.priceFen], text)
    })

    test('lists page to the end, and the books balance', async () => {
      const admin = { token: shop.adminToken }
      const seen: string[] = []
      for (let cursor = ''; ;) {
        const { items, next } = (await shop.call('GET', `/admin/orders?limit=3${cursor}`, admin)).body as { items: { orderId: string }[]; next?: string }
        seen.push(...items.map(({ orderId }) => orderId))
        if (next === undefined) break
        cursor = `&cursor=${next}`
      }
      assert.deepEqual(seen, [...new Set(seen)].toSorted().toReversed())
      await shop.assertCleanAudit()
    })
  })

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAt = Date.now() + 8_000
    while (!(await isSo())) {
      assert(Date.now() < giveUpAt, 'it did not come about in time')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
