import { demoCoupons, demoUsers, type DemoCoupon, type DemoUser } from './customers.ts'
import { demoProducts, type DemoProduct } from './products.ts'

export type { DemoCoupon, DemoProduct, DemoUser }

export interface DemoCatalog {
  readonly products: readonly DemoProduct[]
  readonly users: readonly DemoUser[]
  readonly coupons: readonly DemoCoupon[]
}

/**
 * A shop to try things with, in the shape of the admin imports: a hundred products, a thousand users with balance and
 * coupons. Always the same items, so that importing it twice changes nothing.
 */
export function demoCatalog(): DemoCatalog {
  return { products: demoProducts, users: demoUsers, coupons: demoCoupons }
}
