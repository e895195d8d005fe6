import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type LiveShop, type StartLiveShop } from '../live-shop.ts'

const sku = 'lamp'
const lamp = { sku, title: 'Lamp', priceFen: 500, stock: 10 }
const ada = { userId: 'ada', balanceFen: 5_000 }
const coupon = { couponId: 'ada-1', userId: 'ada', discountFen: 100 }

/** One import after the other into one shop; before the fifth, six of the ten lamps are ordered, with coupon and balance. */
const imports: readonly { readonly what: string; readonly kind: string; readonly item: object; readonly outcome: string }[] = [
  { what: 'a new product', kind: 'products', item: lamp, outcome: 'created' },
  { what: 'the same product again', kind: 'products', item: lamp, outcome: 'unchanged' },
  { what: 'a new user', kind: 'users', item: ada, outcome: 'created' },
  { what: 'a new coupon', kind: 'coupons', item: coupon, outcome: 'created' },
  { what: 'more stock', kind: 'products', item: { ...lamp, stock: 12 }, outcome: 'updated' },
  { what: 'stock down to what is taken', kind: 'products', item: { ...lamp, stock: 6 }, outcome: 'updated' },
  { what: 'less stock than is taken, at another price', kind: 'products', item: { ...lamp, priceFen: 1, stock: 5 }, outcome: 'conflict' },
  { what: 'another price', kind: 'products', item: { ...lamp, priceFen: 600, stock: 6 }, outcome: 'updated' },
  { what: 'a smaller balance than is taken', kind: 'users', item: { ...ada, balanceFen: 99 }, outcome: 'conflict' },
  { what: 'a balance of what is taken', kind: 'users', item: { ...ada, balanceFen: 2_900 }, outcome: 'updated' },
  { what: 'a coupon in use, unchanged', kind: 'coupons', item: coupon, outcome: 'unchanged' },
  { what: 'a coupon in use, worth more', kind: 'coupons', item: { ...coupon, discountFen: 101 }, outcome: 'conflict' },
]

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function importFlows(startLiveShop: StartLiveShop): void {
  describe('imports declare how things shall be', () => {
    let shop: LiveShop
    before(async () => {
      shop = await startLiveShop()
    })
    after(() => shop.stop())

    const importing = (kind: string, items: readonly object[]) => shop.call('POST', `/admin/${kind}`, { token: shop.adminToken, body: { items } })

    async function priceAndStock(): Promise<unknown[]> {
      const { items } = (await shop.call('GET', '/api/products?limit=1000')).body as { items: { sku: string; priceFen: number; available: number }[] }
      const found = items.find((product) => product.sku === sku)
      return [found?.priceFen, found?.available]
    }

    test('and say what became of each', async () => {
      for (const [index, { what, kind, item, outcome }] of imports.entries()) {
        if (index === 4) {
          const body = { items: [{ sku, quantity: 6 }], couponId: coupon.couponId, useBalanceFen: 'max' }
          const order = await shop.call('POST', '/api/orders', { token: await shop.tokenOf('ada'), body, headers: { 'idempotency-key': 'six' } })
          assert.equal(order.body['state'], 'paid', order.text)
        }
        const { body, text } = await importing(kind, [item])
        assert.equal((body['results'] as { outcome: string }[])[0]?.outcome, outcome, `${what}: ${text}`)
      }
    })

    test('an item in conflict changes nothing, and holds nothing up that was sent with it', async () => {
      const priced = await priceAndStock()
      assert.deepEqual(priced, [600, 0])
      const { body } = await importing('products', [
        { ...lamp, priceFen: 1, stock: 0 },
        { ...lamp, sku: 'desk' },
      ])
      assert.deepEqual(body['results'], [
        { key: sku, outcome: 'conflict' },
        { key: 'desk', outcome: 'created' },
      ])
      assert.deepEqual(await priceAndStock(), priced)
    })

    test('a thousand items at once, twice, while orders lower the stock', async () => {
      const items = Array.from({ length: 1_000 }, (_, index) => ({ sku: `many-${index}`, title: 'Many', priceFen: 100, stock: 3 }))
      const token = await shop.tokenOf('user-0002')
      const order = (index: number) =>
        shop.call('POST', '/api/orders', {
          token,
          body: { items: [{ sku: `many-${index % 5}`, quantity: 1 }] },
          headers: { 'idempotency-key': `many-${index}` },
        })
      await importing('products', items)
      const [again, ...orders] = await Promise.all([
        importing(
          'products',
          items.map((item) => ({ ...item, stock: 2 })),
        ),
        ...Array.from({ length: 30 }, (_, index) => order(index)),
      ])
      assert.equal(again?.status, 200)
      const placed = orders.filter(({ status }) => status === 201).length
      assert(placed >= 10 && placed <= 15, `${placed} orders for five SKUs of 2 or 3 units`)
      await shop.assertCleanAudit()
    })
  })
}
