import type { CheckBooksResponse, Effect, ListEffectsRequest, ListEffectsResponse, Violation } from '@suanpan/contracts/audit'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { accounts, debits, refunds, type AccountRow, type DebitState } from './tables.ts'

interface Sums {
  debitedFen: number
  creditedFen: number
}

/** Invariant 2: every balance is its opening plus credits less debits, and both are what the orders' and refunds' entries say. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  const refundedOf = new Map<string, number>()
  await visitPages(read, refunds, clock, (rows) => {
    findings.examined('user.refunds', rows.length)
    for (const { orderId, amountFen } of rows) refundedOf.set(orderId, (refundedOf.get(orderId) ?? 0) + amountFen)
  })
  const sums = new Map<string, Sums>()
  await visitPages(read, debits, clock, (rows) => {
    findings.examined('user.debits', rows.length)
    for (const { orderId, state, userId, amountFen, refundedFen } of rows) {
      const entriesFen = refundedOf.get(orderId) ?? 0
      refundedOf.delete(orderId)
      if (refundedFen !== entriesFen)
        findings.violation({ check: 'user.refunds', orderId, detail: `refunds of ${refundedFen} fen, their entries say ${entriesFen}` })
      if (userId === null || amountFen === 0) continue
      const sum = sums.get(userId) ?? { debitedFen: 0, creditedFen: 0 }
      sum.debitedFen += amountFen
      sum.creditedFen += state === 'released' ? amountFen : refundedFen
      sums.set(userId, sum)
    }
  })
  for (const orderId of refundedOf.keys()) findings.violation({ check: 'user.refunds', orderId, detail: 'balance was refunded that the order never took' })
  await visitPages(read, accounts, clock, (rows) => {
    findings.examined('user.balances', rows.length)
    for (const row of rows) {
      for (const detail of accountFaults(row, sums.get(row.userId))) findings.violation({ check: 'user.balances', orderId: '', detail })
      sums.delete(row.userId)
    }
  })
  for (const userId of sums.keys()) findings.violation({ check: 'user.debits', orderId: '', detail: `${userId} was debited but has no account` })
  return findings.report()
}

/** What is wrong with one account. */
export function accountFaults(row: AccountRow, sums: Readonly<Sums> = { debitedFen: 0, creditedFen: 0 }): string[] {
  const { userId, openingFen, creditedFen, debitedFen, balanceFen } = row
  const faults: string[] = []
  if (balanceFen !== openingFen + creditedFen - debitedFen)
    faults.push(`${userId}: balance ${balanceFen} is not opening ${openingFen} + credits ${creditedFen} − debits ${debitedFen}`)
  if (balanceFen < 0) faults.push(`${userId}: balance ${balanceFen} is below zero`)
  if (debitedFen !== sums.debitedFen) faults.push(`${userId}: debits ${debitedFen}, the orders' entries say ${sums.debitedFen}`)
  if (creditedFen !== sums.creditedFen) faults.push(`${userId}: credits ${creditedFen}, the orders' entries say ${sums.creditedFen}`)
  return faults
}

const effectStates: { readonly [State in DebitState]: Effect['state'] } = {
  held: 'EFFECT_STATE_HELD',
  released: 'EFFECT_STATE_RELEASED',
  refused: 'EFFECT_STATE_REFUSED',
}

/** What each order still has of its user's balance. */
export async function listEffects(store: Store, { orderIds, afterOrderId, limit }: ListEffectsRequest): Promise<ListEffectsResponse> {
  const rows = await pageOrKeys(store.read, debits, { keys: orderIds, afterKey: afterOrderId, limit })
  return {
    effects: rows.map(({ orderId, state, userId, amountFen, refundedFen, takenAt, settledAt }) => ({
      orderId,
      state: effectStates[state],
      amount: amountFen - refundedFen,
      subject: userId ?? '',
      takenAt,
      settledAt,
    })),
  }
}
