import type { OrderPaid } from '@suanpan/contracts/order'
import type { AccountRow, GrantRow } from './tables.ts'

/** One point for each whole yuan that an order was paid with, rounded down per order. */
export function pointsFor(paidFen: number): number {
  return Math.floor(paidFen / 100)
}

export interface Granting {
  /** Grants that are new. */
  readonly grants: readonly GrantRow[]
  /** The accounts they changed, as they are now. */
  readonly accounts: readonly AccountRow[]
}

/** Grants points for paid orders. An order that has its grant gets no other, in this batch or an earlier one. */
export function decideGrants(
  paid: readonly Pick<OrderPaid, 'orderId' | 'userId' | 'paidFen'>[],
  known: ReadonlyMap<string, GrantRow>,
  accountOf: ReadonlyMap<string, AccountRow>,
  at: number,
): Granting {
  const grants = new Map<string, GrantRow>()
  const accounts = new Map<string, AccountRow>()
  for (const { orderId, userId, paidFen } of paid) {
    if (known.has(orderId) || grants.has(orderId)) continue
    const points = pointsFor(paidFen)
    const before = accounts.get(userId) ?? accountOf.get(userId) ?? { userId, points: 0 }
    grants.set(orderId, { orderId, userId, points, grantedAt: at })
    accounts.set(userId, { userId, points: before.points + points })
  }
  return { grants: [...grants.values()], accounts: [...accounts.values()] }
}
