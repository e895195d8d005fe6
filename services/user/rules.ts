/**
 * A debit's life, one row per order:
 *
 * `held`: the amount was taken from the user's balance for the order.
 * `released`: the order was cancelled and the amount credited back; or the order was cancelled before it took anything
 * (a tombstone), so that a debit that comes too late is refused.
 * `refused`: there was not enough, or no such user. Kept, so that asking again gets the same answer.
 *
 * Only `held` leads anywhere: to `released`.
 */
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { BalanceDebit, DebitOutcome, UserDeclaration } from '@suanpan/contracts/user'
import type { Change, Declared } from '@suanpan/runtime/store'
import type { AccountRow, DebitRow } from './tables.ts'

export interface DebitRequest extends BalanceDebit {
  readonly at: number
}

export interface DebitAnswer {
  readonly outcome: DebitOutcome
  readonly debitedFen: number
}

type AccountOf = ReadonlyMap<string, AccountRow>

/** Takes exactly an amount, or as much as there is up to one. The same order again gets the answer of the first time. */
export function decideDebit(request: DebitRequest, known: DebitRow | undefined, accountOf: AccountOf): Change<DebitRow, AccountRow, DebitAnswer> {
  if (known !== undefined) return { outcome: repeatedAnswer(known) }
  const { orderId, userId, exactlyFen, atMostFen, at } = request
  const account = accountOf.get(userId)
  const refuse = (refusal: DebitOutcome): Change<DebitRow, AccountRow, DebitAnswer> => ({
    outcome: { outcome: refusal, debitedFen: 0 },
    guard: { orderId, state: 'refused', userId, amountFen: 0, refusal, takenAt: at, settledAt: at },
  })
  if (account === undefined) return refuse('DEBIT_OUTCOME_UNKNOWN_USER')
  const amountFen = exactlyFen ?? Math.min(account.balanceFen, atMostFen)
  if (amountFen > account.balanceFen) return refuse('DEBIT_OUTCOME_INSUFFICIENT_BALANCE')
  return {
    outcome: { outcome: 'DEBIT_OUTCOME_DEBITED', debitedFen: amountFen },
    guard: { orderId, state: 'held', userId, amountFen, refusal: null, takenAt: at, settledAt: 0 },
    books: amountFen === 0 ? [] : [{ ...account, debitedFen: account.debitedFen + amountFen, balanceFen: account.balanceFen - amountFen }],
  }
}

function repeatedAnswer({ state, amountFen, refusal }: DebitRow): DebitAnswer {
  switch (state) {
    case 'held':
      return { outcome: 'DEBIT_OUTCOME_DEBITED', debitedFen: amountFen }
    case 'refused':
      return { outcome: refusal ?? 'DEBIT_OUTCOME_INSUFFICIENT_BALANCE', debitedFen: 0 }
    case 'released':
      return { outcome: 'DEBIT_OUTCOME_ALREADY_RELEASED', debitedFen: 0 }
  }
}

/** An order that was cancelled. */
export interface Settling {
  readonly orderId: string
  readonly at: number
}

/** Credits back what a cancelled order took, or bars what it has not taken yet. */
export function decideRelease(
  { orderId, at }: Settling,
  known: DebitRow | undefined,
  accountOf: AccountOf,
): Change<DebitRow, AccountRow, 'released' | 'barred' | 'nothing'> {
  if (known === undefined) {
    return { outcome: 'barred', guard: { orderId, state: 'released', userId: null, amountFen: 0, refusal: null, takenAt: at, settledAt: at } }
  }
  if (known.state !== 'held') return { outcome: 'nothing' }
  const account = accountOf.get(known.userId ?? '')
  if (account === undefined) throw new Error(`order ${orderId} took balance of ${known.userId ?? ''}, who has no account`)
  const credited = { ...account, creditedFen: account.creditedFen + known.amountFen, balanceFen: account.balanceFen + known.amountFen }
  return { outcome: 'released', guard: { ...known, state: 'released', settledAt: at }, books: [credited] }
}

/** Declares a user's opening balance. One that would leave less than nothing is a conflict. */
export function decideAccount(known: AccountRow | undefined, { userId, openingBalanceFen }: UserDeclaration): Declared<AccountRow, ImportOutcome> {
  if (known === undefined) {
    return { outcome: 'IMPORT_OUTCOME_CREATED', row: { userId, openingFen: openingBalanceFen, creditedFen: 0, debitedFen: 0, balanceFen: openingBalanceFen } }
  }
  if (known.openingFen === openingBalanceFen) return { outcome: 'IMPORT_OUTCOME_UNCHANGED' }
  const balanceFen = known.balanceFen + openingBalanceFen - known.openingFen
  if (balanceFen < 0) return { outcome: 'IMPORT_OUTCOME_CONFLICT' }
  return { outcome: 'IMPORT_OUTCOME_UPDATED', row: { ...known, openingFen: openingBalanceFen, balanceFen } }
}
