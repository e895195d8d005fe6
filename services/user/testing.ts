import assert from 'node:assert/strict'
import { topics } from '@suanpan/contracts/topics'
import { delivered } from '@suanpan/runtime/bus/testing'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createUserService } from './service.ts'

interface Debiting {
  readonly orderId: string
  readonly userId?: string
  readonly exactlyFen?: number
  readonly atMostFen?: number
}

/** The service with what a test asks it, in one word each. A debit is of user-1 unless it says otherwise. */
export async function usersOn(store: Store, balances: { readonly [userId: string]: number }) {
  const marks = countedMarks()
  const service = createUserService({ store, clock: manualClock(5_000), marks })
  const [release, refund] = service.subscriptions
  assert.ok(release !== undefined && refund !== undefined)
  const importUsers = async (openings: { readonly [userId: string]: number }) => {
    const users = Object.entries(openings).map(([userId, openingBalanceFen]) => ({ userId, openingBalanceFen }))
    return (await service.implementation.importUsers({ users }, directCall)).results.map(
      ({ key, outcome }) => `${key} ${outcome.replace('IMPORT_OUTCOME_', '')}`,
    )
  }
  await importUsers(balances)
  return {
    marks: marks.counts,
    importUsers,
    debit: async (...debits: readonly Debiting[]) => {
      const asked = debits.map((debit) => ({ userId: 'user-1', exactlyFen: undefined, atMostFen: 0, ...debit }))
      return (await service.implementation.debit({ debits: asked }, directCall)).results.map(
        ({ outcome, debitedFen }) => `${outcome.replace('DEBIT_OUTCOME_', '')} ${debitedFen}`,
      )
    },
    cancel: (...orderIds: readonly string[]) =>
      release.handle(orderIds.map((orderId) => delivered(topics.orderCancelled, orderId, { orderId, reason: 'CANCEL_REASON_CUSTOMER' }))),
    refund: async (...refunds: readonly (readonly [refundId: string, orderId: string, balanceFen: number])[]) => {
      const verdicts = await refund.handle(
        refunds.map(([refundId, orderId, balanceFen]) =>
          delivered(topics.orderRefunded, orderId, { refundId, orderId, userId: 'user-1', amountFen: balanceFen + 1, balanceFen, isFull: false }),
        ),
      )
      return verdicts.map(({ kind }) => kind)
    },
    balances: async (...userIds: readonly string[]) => {
      const { users } = await service.implementation.getUsers({ userIds: [...userIds] }, directCall)
      return Object.fromEntries(users.map(({ userId, balanceFen }) => [userId, balanceFen]))
    },
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ detail }) => detail),
    effects: async (page: { readonly orderIds?: string[]; readonly afterOrderId?: string; readonly limit?: number }) =>
      (await service.effects.listEffects({ orderIds: [], afterOrderId: '', limit: 100, ...page }, directCall)).effects,
  }
}
