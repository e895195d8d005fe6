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
/** A service that has just died is back within seconds; all that is asked here may be asked again. */
const againAfterMs = 500

/** Fills a shop that sells nothing yet. False: it has products already, and is left as it is. Throws if services stay away for half a minute. */
export async function seedIfEmpty(rpc: Rpc, clock: Clock, { products, users, coupons }: SeedCatalog): Promise<boolean> {
  const options = { deadlineAt: clock.now() + timeoutMs }
  const catalog = rpc.client(CatalogServiceDefinition)

  async function answered<Response>(ask: () => Promise<Reply<Response>>): Promise<Response> {
    for (;;) {
      const reply = await ask()
      if (reply.kind === 'answered') return reply.response
      if (clock.now() + againAfterMs >= options.deadlineAt) throw new Error(`the shop could not be filled with demo data (${reply.kind}: ${reply.because})`)
      await clock.sleep(againAfterMs)
    }
  }

  const { products: known } = await answered(() => catalog.listProducts({ limit: 1, afterSku: '' }, options))
  if (known.length > 0) return false
  const accounts = users.map(({ userId, balanceFen }) => ({ userId, openingBalanceFen: balanceFen }))
  const declared = coupons.map(({ minimumSpendFen = 0, expiresAt, ...coupon }) => ({ ...coupon, minimumSpendFen, expiresAt }))
  const stock = products.map(({ sku, stock: receivedUnits }) => ({ sku, receivedUnits }))
  await answered(() => rpc.client(UserServiceDefinition).importUsers({ users: accounts }, options))
  await answered(() => rpc.client(CouponServiceDefinition).importCoupons({ coupons: declared }, options))
  await answered(() => rpc.client(InventoryServiceDefinition).importStock({ stock }, options))
  // Products last: a start that is cut short finds none, and seeds once more.
  await answered(() => catalog.importProducts({ products: products.map(({ sku, title, priceFen }) => ({ sku, title, priceFen })) }, options))
  return true
}
