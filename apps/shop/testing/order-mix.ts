import type { Target } from '@suanpan/load'
import type { ShopCalls } from './shop-calls.ts'

/** Sends orders of every kind, the n-th always the same: it is what a client that repeats itself would send. */
export type RequestOf = (index: number) => string

const userCount = 20
const skuCount = 50
/** Every coupon is good for one order, every user for so many of them. */
const couponsPerUser = 100
const userId = (index: number) => `crash-user-${index % userCount}`
const sku = (index: number) => `crash-sku-${index % skuCount}`

/** Imports what the orders are about: plenty, except for one SKU and one user, who soon run out. */
async function importGoods({ call }: ShopCalls): Promise<void> {
  const products = Array.from({ length: skuCount }, (_, index) => ({ sku: sku(index), title: 'Test', priceFen: 1_000, stock: 1_000_000 }))
  await call('POST', '/admin/products', { items: [...products, { sku: 'crash-scarce', title: 'Test', priceFen: 1_000, stock: 10 }] })
  const users = Array.from({ length: userCount }, (_, index) => ({ userId: userId(index), balanceFen: 1_000_000_000 }))
  await call('POST', '/admin/users', { items: [...users, { userId: 'crash-poor', balanceFen: 5_000 }] })
  for (let user = 0; user < userCount; user++) {
    const items = Array.from({ length: couponsPerUser }, (_, nth) => ({
      couponId: `crash-coupon-${user}-${nth}`,
      userId: userId(user),
      discountFen: 100,
    }))
    await call('POST', '/admin/coupons', { items })
  }
}

interface Kind {
  readonly body: object
  readonly isPoor?: true
  readonly isAsync?: true
}

/** Ten kinds in turn: paid, to be paid, with coupon, out of stock, short of balance, synchronous and not. */
function kindOf(index: number): Kind {
  const items = [sku(index), sku(index + 1)].map((each) => ({ sku: each, quantity: 1 }))
  const couponId = `crash-coupon-${index % userCount}-${Math.floor(index / userCount) % couponsPerUser}`
  switch (index % 10) {
    case 0:
    case 5:
      return { body: { items, useBalanceFen: 'max' }, isAsync: true }
    case 1:
      return { body: { items: [...items, { sku: 'crash-scarce', quantity: 1 }], useBalanceFen: 'max' } }
    case 2:
      return { body: { items, useBalanceFen: 500 }, isPoor: true }
    case 3:
      return { body: { items, couponId, useBalanceFen: 'max' } }
    case 4:
      return { body: { items, useBalanceFen: 700 } }
    default:
      return { body: { items, useBalanceFen: 'max' } }
  }
}

export async function prepareOrders(shop: ShopCalls, { host, port }: Target): Promise<RequestOf> {
  await importGoods(shop)
  const poorToken = await shop.tokenOf('crash-poor')
  const tokens = await Promise.all(Array.from({ length: userCount }, (_, index) => shop.tokenOf(userId(index))))
  return (index) => {
    const { body, isPoor, isAsync } = kindOf(index)
    const text = JSON.stringify(body)
    return [
      'POST /api/orders HTTP/1.1',
      `Host: ${host}:${port}`,
      `Authorization: Bearer ${isPoor === true ? poorToken : (tokens[index % userCount] ?? '')}`,
      'Content-Type: application/json',
      `Idempotency-Key: crash-${index}`,
      ...(isAsync === true ? ['Prefer: respond-async'] : []),
      `Content-Length: ${text.length}`,
      '',
      text,
    ].join('\r\n')
  }
}
