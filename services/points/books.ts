import type { CheckBooksResponse, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { pointsFor, pointsTakenBack } from '@suanpan/contracts/points-due'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { accounts, grants, reversals, type GrantRow } from './tables.ts'

interface TakenBack {
  refundedFen: number
  points: number
}

/** Every account is the sum of its grants, less what was taken back of them; and that is what the reversals say. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  const takenBackOf = new Map<string, TakenBack>()
  await visitPages(read, reversals, clock, (rows) => {
    findings.examined('points.reversals', rows.length)
    for (const { orderId, amountFen, points } of rows) {
      const sum = takenBackOf.get(orderId) ?? { refundedFen: 0, points: 0 }
      takenBackOf.set(orderId, { refundedFen: sum.refundedFen + amountFen, points: sum.points + points })
    }
  })
  const pointsOf = new Map<string, number>()
  await visitPages(read, grants, clock, (rows) => {
    findings.examined('points.grants', rows.length)
    for (const row of rows) {
      const { orderId, userId, points, takenBackPoints } = row
      pointsOf.set(userId, (pointsOf.get(userId) ?? 0) + points - takenBackPoints)
      for (const detail of grantFaults(row, takenBackOf.get(orderId))) findings.violation({ check: 'points.grants', orderId, detail })
      takenBackOf.delete(orderId)
    }
  })
  for (const orderId of takenBackOf.keys()) findings.violation({ check: 'points.reversals', orderId, detail: 'points were taken back that were never granted' })
  await visitPages(read, accounts, clock, (rows) => {
    findings.examined('points.accounts', rows.length)
    for (const { userId, points } of rows) {
      const granted = pointsOf.get(userId) ?? 0
      pointsOf.delete(userId)
      if (points !== granted) findings.violation({ check: 'points.accounts', orderId: '', detail: `${userId} has ${points} points, the grants say ${granted}` })
    }
  })
  for (const userId of pointsOf.keys()) findings.violation({ check: 'points.grants', orderId: '', detail: `${userId} was granted points but has no account` })
  return findings.report()
}

/** What is wrong with one grant, given the sums of its reversals. */
function grantFaults({ points, paidFen, refundedFen, takenBackPoints }: GrantRow, sums: Readonly<TakenBack> = { refundedFen: 0, points: 0 }): string[] {
  const faults: string[] = []
  if (points !== pointsFor(paidFen)) faults.push(`${points} points for ${paidFen} fen`)
  if (refundedFen !== sums.refundedFen) faults.push(`refunds of ${refundedFen} fen, the reversals say ${sums.refundedFen}`)
  if (takenBackPoints !== sums.points) faults.push(`${takenBackPoints} points taken back, the reversals say ${sums.points}`)
  if (takenBackPoints !== pointsTakenBack(paidFen, refundedFen)) faults.push(`${takenBackPoints} points taken back for ${refundedFen} of ${paidFen} fen`)
  return faults
}

/** What an order's buyer still has of its points. */
export async function listEffects(store: Store, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(store.read, grants, { keys: orderIds, afterKey: afterOrderId, limit })
  return {
    effects: rows.map(({ orderId, userId, points, takenBackPoints, grantedAt, changedAt }) => ({
      orderId,
      state: 'EFFECT_STATE_KEPT',
      amount: points - takenBackPoints,
      subject: userId,
      takenAt: grantedAt,
      settledAt: changedAt,
    })),
  }
}
