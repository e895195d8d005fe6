import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { OrderPaid, OrderRefunded } from '@suanpan/contracts/order'
import type { PointsServiceDefinition } from '@suanpan/contracts/points'
import { topics } from '@suanpan/contracts/topics'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import type { Implementation } from '@suanpan/runtime/rpc'
import { decideInTurn, putRows, type Store, type Transaction } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEffects } from './books.ts'
import { decideGrants, decideReversal, type ReversalDecision, type Reversing } from './rules.ts'
import { accounts, grants, reversals } from './tables.ts'

/** The numbered SQL files of this service. */
export const pointsSchema = new URL('./schema/', import.meta.url)

export interface PointsServiceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

export interface PointsService {
  readonly implementation: Implementation<typeof PointsServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** Messages of one transaction. */
const maxBatch = 500

export function createPointsService({ store, clock, marks }: PointsServiceOptions): PointsService {
  return {
    implementation: {
      getPoints: async ({ userIds }) => {
        const rows = await store.read.get(accounts, userIds)
        return { balances: userIds.map((userId) => ({ userId, points: rows.get(userId)?.points ?? 0 })) }
      },
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => listEffects(store, request) },
    subscriptions: [
      subscriptionTo(topics.orderPaid, { group: 'points.grant', maxBatch, handle: grant }),
      subscriptionTo(topics.orderRefunded, { group: 'points.reverse', maxBatch, handle: reverse }),
    ],
  }

  async function grant(messages: readonly ReadMessage<OrderPaid>[]): Promise<Verdict[]> {
    const at = clock.now()
    const paid = messages.map(({ body }) => body)
    const granted = await store.transact(async (tx) => {
      // Guards before accounts, as everywhere: no two transactions wait for each other in a circle.
      const known = await tx.lock(
        grants,
        paid.map(({ orderId }) => orderId),
      )
      const accountOf = await tx.lock(
        accounts,
        paid.map(({ userId }) => userId),
      )
      const decision = decideGrants(paid, known, accountOf, at)
      tx.insert(grants, decision.grants)
      putRows(tx, accounts, decision.accounts, accountOf)
      return decision.grants.length
    })
    if (granted < paid.length) marks.mark('points.duplicate_dropped')
    return messages.map(() => ({ kind: 'done' }))
  }

  async function reverse(messages: readonly ReadMessage<OrderRefunded>[]): Promise<Verdict[]> {
    const at = clock.now()
    const requests = messages.map(({ body: { refundId, orderId, amountFen } }): Reversing => ({ refundId, orderId, amountFen, at }))
    const decisions = await store.transact(async (tx) => {
      const keys = { guardKey: ({ refundId }: Reversing) => refundId, bookKeys: ({ orderId }: Reversing) => [orderId] }
      const decided = await decideInTurn(tx, { guards: reversals, books: grants, requests, ...keys, decide: decideReversal })
      await takeBack(tx, decided)
      return decided
    })
    return decisions.map((decision, index) => {
      marks.mark(`points.reverse.${decision.kind}`)
      return verdictOn(decision, requests[index]?.orderId ?? '')
    })
  }
}

async function takeBack(tx: Transaction, decisions: readonly ReversalDecision[]): Promise<void> {
  const pointsOf = new Map<string, number>()
  for (const decision of decisions) {
    if (decision.kind === 'reversed') pointsOf.set(decision.userId, (pointsOf.get(decision.userId) ?? 0) + decision.points)
  }
  const accountOf = await tx.lock(accounts, [...pointsOf.keys()])
  tx.update(
    accounts,
    [...accountOf.values()].map(({ userId, points }) => ({ userId, points: points - (pointsOf.get(userId) ?? 0) })),
  )
}

function verdictOn({ kind }: ReversalDecision, orderId: string): Verdict {
  switch (kind) {
    case 'reversed':
    case 'nothing':
      return { kind: 'done' }
    case 'missing':
      return { kind: 'retry', because: `order ${orderId} has not been granted its points yet` }
    case 'exceeds_paid':
      return { kind: 'poison', because: `more of order ${orderId} was refunded than was paid` }
  }
}
