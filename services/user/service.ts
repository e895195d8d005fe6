import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { OrderCancelled, OrderRefunded } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import type { UserServiceDefinition } from '@suanpan/contracts/user'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { paired } from '@suanpan/runtime/paired'
import type { Implementation } from '@suanpan/runtime/rpc'
import { decideInTurn, declareRows, type Store, type Transaction } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEffects } from './books.ts'
import { decideAccount, decideCredit, decideDebit, decideRelease, type CreditDecision, type DebitRequest, type Refunding, type Settling } from './rules.ts'
import { accounts, debits, refunds, type DebitRow } from './tables.ts'

/** The numbered SQL files of this service. */
export const userSchema = new URL('./schema/', import.meta.url)

export interface UserServiceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

export interface UserService {
  readonly implementation: Implementation<typeof UserServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** Messages of one transaction. */
const maxBatch = 500

export function createUserService({ store, clock, marks }: UserServiceOptions): UserService {
  return {
    implementation: {
      importUsers: async ({ users }) => ({
        results: await store.transact((tx) => declareRows(tx, accounts, users, ({ userId }) => userId, decideAccount)),
      }),
      debit: async (request) => {
        const at = clock.now()
        const requests = request.debits.map((debit): DebitRequest => ({ ...debit, at }))
        const bookKeys = ({ userId }: DebitRequest) => [userId]
        const answers = await store.transact((tx) => decideInTurn(tx, { guards: debits, books: accounts, requests, guardKey, bookKeys, decide: decideDebit }))
        return {
          results: paired(requests, answers).map(([{ orderId }, answer]) => ({ orderId, ...answer })),
        }
      },
      getUsers: async ({ userIds }) => {
        const rows = await store.read.get(accounts, userIds)
        return { users: [...rows.values()].map(({ userId, balanceFen }) => ({ userId, balanceFen })) }
      },
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => listEffects(store, request) },
    subscriptions: [
      subscriptionTo(topics.orderCancelled, { group: 'user.release', maxBatch, handle: release }),
      subscriptionTo(topics.orderRefunded, { group: 'user.refund', maxBatch, handle: refund }),
    ],
  }

  async function release(messages: readonly ReadMessage<OrderCancelled>[]): Promise<Verdict[]> {
    const at = clock.now()
    const requests = messages.map(({ body }): Settling => ({ orderId: body.orderId, at }))
    const outcomes = await store.transact((tx) =>
      decideInTurn(tx, { guards: debits, books: accounts, requests, guardKey, bookKeys: userDebited, decide: decideRelease }),
    )
    for (const outcome of outcomes) marks.mark(`user.release.${outcome}`)
    return outcomes.map(() => ({ kind: 'done' }))
  }

  async function refund(messages: readonly ReadMessage<OrderRefunded>[]): Promise<Verdict[]> {
    const at = clock.now()
    const asked = messages.map(({ body: { refundId, orderId, balanceFen } }): Refunding => ({ refundId, orderId, amountFen: balanceFen, at }))
    const requests = asked.filter(({ amountFen }) => amountFen > 0)
    const decisions = await store.transact(async (tx) => {
      const keys = { guardKey: ({ refundId }: Refunding) => refundId, bookKeys: ({ orderId }: Refunding) => [orderId] }
      const decided = await decideInTurn(tx, { guards: refunds, books: debits, requests, ...keys, decide: decideCredit })
      await credit(tx, decided)
      return decided
    })
    for (const { kind } of decisions) marks.mark(`user.refund.${kind}`)
    const verdictOf = new Map(paired(requests, decisions).map(([request, decision]) => [request, verdictOn(decision, request.orderId)]))
    return asked.map((request) => verdictOf.get(request) ?? { kind: 'done' })
  }
}

async function credit(tx: Transaction, decisions: readonly CreditDecision[]): Promise<void> {
  const creditOf = new Map<string, number>()
  for (const decision of decisions) {
    if (decision.kind === 'credited') creditOf.set(decision.userId, (creditOf.get(decision.userId) ?? 0) + decision.amountFen)
  }
  const accountOf = await tx.lock(accounts, [...creditOf.keys()])
  tx.update(
    accounts,
    [...accountOf.values()].map((account) => {
      const creditedFen = creditOf.get(account.userId) ?? 0
      return { ...account, creditedFen: account.creditedFen + creditedFen, balanceFen: account.balanceFen + creditedFen }
    }),
  )
}

function verdictOn({ kind }: CreditDecision, orderId: string): Verdict {
  switch (kind) {
    case 'credited':
    case 'nothing':
      return { kind: 'done' }
    case 'missing':
      return { kind: 'retry', because: `order ${orderId} holds no balance that could be refunded` }
    case 'exceeds_debit':
      return { kind: 'poison', because: `more balance of order ${orderId} was refunded than it took` }
  }
}

function guardKey({ orderId }: Settling): string {
  return orderId
}

/** Whatever became of it: whether it is still held is for the rules alone to say. */
function userDebited(_: Settling, known: DebitRow | undefined): readonly string[] {
  return known === undefined || known.userId === null ? [] : [known.userId]
}
