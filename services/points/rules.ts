import type { OrderPaid } from '@suanpan/contracts/order'
import { pointsFor, pointsTakenBack } from '@suanpan/contracts/points-due'
import type { Change } from '@suanpan/runtime/store'
import type { AccountRow, GrantRow, ReversalRow } from './tables.ts'

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
    grants.set(orderId, { orderId, userId, points, paidFen, refundedFen: 0, takenBackPoints: 0, grantedAt: at, changedAt: at })
    accounts.set(userId, { userId, points: before.points + points })
  }
  return { grants: [...grants.values()], accounts: [...accounts.values()] }
}

/** Money of a paid order that went back. */
export interface Reversing {
  readonly refundId: string
  readonly orderId: string
  readonly amountFen: number
  readonly at: number
}

export type ReversalDecision =
  | { readonly kind: 'reversed'; readonly userId: string; readonly points: number }
  /** `missing`: the grant is on its way. `exceeds_paid`: more went back than was paid, which no correct history leads to. */
  | { readonly kind: 'nothing' | 'missing' | 'exceeds_paid' }

/** Takes back the share of a refund, once: the difference to what all refunds before it took. */
export function decideReversal(
  { refundId, orderId, amountFen, at }: Reversing,
  known: ReversalRow | undefined,
  grantOf: ReadonlyMap<string, GrantRow>,
): Change<ReversalRow, GrantRow, ReversalDecision> {
  if (known !== undefined) return { outcome: { kind: 'nothing' } }
  const grant = grantOf.get(orderId)
  if (grant === undefined) return { outcome: { kind: 'missing' } }
  const refundedFen = grant.refundedFen + amountFen
  if (refundedFen > grant.paidFen) return { outcome: { kind: 'exceeds_paid' } }
  const takenBackPoints = pointsTakenBack(grant.paidFen, refundedFen)
  const points = takenBackPoints - grant.takenBackPoints
  return {
    outcome: { kind: 'reversed', userId: grant.userId, points },
    guard: { refundId, orderId, amountFen, points, reversedAt: at },
    books: [{ ...grant, refundedFen, takenBackPoints, changedAt: at }],
  }
}
