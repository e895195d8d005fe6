import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import type { Reply, Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'

/** What an empty shop is filled with, in the shape of the admin imports. */
export interface SeedCatalog {
  readonly products: readonly { readonly sku: string; readonly title: string; readonly priceFen: number; readonly stock: number }[]
  readonly users: readonly { readonly userId: string; readonly balanceFen: number }[]
  readonly coupons: readonly {
    readonly couponId: string
    readonly userId: string
    readonly discountFen: number
    readonly minimumSpendFen?: number
    readonly expiresAt?: number
  }[]
}

const timeoutMs = 30_000

/** Fills a shop that sells nothing yet. False: it has products already, and is left as it is. */
export async function seedIfEmpty(rpc: Rpc, clock: Clock, { products, users, coupons }: SeedCatalog): Promise<boolean> {
  const options = { deadlineAt: clock.now() + timeoutMs }
  const catalog = rpc.client(CatalogServiceDefinition)
  const { products: known } = answered(await catalog.listProducts({ limit: 1, afterSku: '' }, options))
  if (known.length > 0) return false
  const declared = coupons.map(({ minimumSpendFen = 0, expiresAt, ...coupon }) => ({ ...coupon, minimumSpendFen, expiresAt }))
  answered(
    await rpc.client(UserServiceDefinition).importUsers({ users: users.map(({ userId, balanceFen }) => ({ userId, openingBalanceFen: balanceFen })) }, options),
  )
  answered(await rpc.client(CouponServiceDefinition).importCoupons({ coupons: declared }, options))
  answered(await rpc.client(InventoryServiceDefinition).importStock({ stock: products.map(({ sku, stock }) => ({ sku, receivedUnits: stock })) }, options))
  // Products last: a start that is cut short finds none, and seeds once more.
  answered(await catalog.importProducts({ products: products.map(({ sku, title, priceFen }) => ({ sku, title, priceFen })) }, options))
  return true
}

function answered<Response>(reply: Reply<Response>): Response {
  if (reply.kind === 'answered') return reply.response
  throw new Error(`the shop could not be filled with demo data (${reply.kind}: ${reply.because})`)
}
