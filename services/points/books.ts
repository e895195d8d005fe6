import type { CheckBooksResponse, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { accounts, grants } from './tables.ts'

/** Every account is the sum of its grants. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  const sums = new Map<string, number>()
  await visitPages(read, grants, clock, (rows) => {
    findings.examined('points.grants', rows.length)
    for (const { userId, points } of rows) sums.set(userId, (sums.get(userId) ?? 0) + points)
  })
  await visitPages(read, accounts, clock, (rows) => {
    findings.examined('points.accounts', rows.length)
    for (const { userId, points } of rows) {
      const granted = sums.get(userId) ?? 0
      sums.delete(userId)
      if (points !== granted)
        findings.violation({ check: 'points.accounts', orderId: '', detail: `${userId} has ${points} points, the grants say ${granted}` })
    }
  })
  for (const userId of sums.keys()) findings.violation({ check: 'points.grants', orderId: '', detail: `${userId} was granted points but has no account` })
  return findings.report()
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
