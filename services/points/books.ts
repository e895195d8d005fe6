import type { CheckBooksResponse, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { accounts, grants } from './tables.ts'

/** Every account is the sum of its grants. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const sums = new Map<string, number>()
  let examinedGrants = 0
  await visitPages(read, grants, clock, (rows) => {
    examinedGrants += rows.length
    for (const { userId, points } of rows) sums.set(userId, (sums.get(userId) ?? 0) + points)
  })
  const violations: Violation[] = []
  let examinedAccounts = 0
  await visitPages(read, accounts, clock, (rows) => {
    examinedAccounts += rows.length
    for (const { userId, points } of rows) {
      const granted = sums.get(userId) ?? 0
      sums.delete(userId)
      if (points !== granted) violations.push({ check: 'points.accounts', orderId: '', detail: `${userId} has ${points} points, the grants say ${granted}` })
    }
  })
  for (const userId of sums.keys()) violations.push({ check: 'points.grants', orderId: '', detail: `${userId} was granted points but has no account` })
  const checks = [
    { name: 'points.accounts', examined: examinedAccounts },
    { name: 'points.grants', examined: examinedGrants },
  ]
  return { checks, violations }
}

export async function listEffects(store: Store, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(store.read, grants, { keys: orderIds, afterKey: afterOrderId, limit })
  return {
    effects: rows.map(({ orderId, userId, points, grantedAt }) => ({
      orderId,
      state: 'EFFECT_STATE_KEPT',
      amount: points,
      subject: userId,
      takenAt: grantedAt,
      settledAt: grantedAt,
    })),
  }
}
