import { createOrderRequests, type OrderMix, type OrderRequests } from '@suanpan/load'
import { importItems } from './import-items.ts'
import type { ShopClient } from './shop-client.ts'

export interface LoadShape {
  readonly skuCount: number
  readonly userCount: number
  readonly linesPerOrder: number
  readonly hotShare: number
  readonly asyncShare: number
}

/** As much as an import may declare: no run uses it up. */
const plentyUnits = 1_000_000_000
const plentyFen = 1_000_000_000_000
const priceFen = 100

const ordinal = (index: number) => String(index + 1).padStart(4, '0')

/**
 * Brings in goods and customers of its own (`load-sku-0001` …, `load-user-0001` …), so that a load neither runs out nor
 * eats the catalog up, and answers the requests they send. Repeat-safe. They sign in first: a shop that is not in demo
 * mode is left without goods for nothing, and without customers who own what nobody paid.
 */
export async function prepareLoad(shop: ShopClient, adminToken: string, shape: LoadShape): Promise<OrderRequests> {
  const skus = Array.from({ length: shape.skuCount }, (_, index) => `load-sku-${ordinal(index)}`)
  const userIds = Array.from({ length: shape.userCount }, (_, index) => `load-user-${ordinal(index)}`)
  const tokens: string[] = []
  for (const userId of userIds) tokens.push(await shop.signIn({ userId }))
  const products = skus.map((sku) => ({ sku, title: `压测商品 ${sku} · Load test item ${sku}`, priceFen, stock: plentyUnits }))
  await importItems(shop, adminToken, 'products', products)
  await importItems(
    shop,
    adminToken,
    'users',
    userIds.map((userId) => ({ userId, balanceFen: plentyFen })),
  )
  const mix: OrderMix = {
    ...shape,
    target: shop.target,
    tokens,
    skus,
    keyPrefix: `load-${Date.now().toString(36)}-${process.pid}`,
    random: Math.random,
  }
  return createOrderRequests(mix)
}
