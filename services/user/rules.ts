/**
 * A debit's life, one row per order:
 *
 * `held`: the amount was taken from the user's balance for the order.
 * `released`: the order was cancelled and the amount credited back; or the order was cancelled before it took anything
 * (a tombstone), so that a debit that comes too late is refused.
 * `refused`: there was not enough, or no such user. Kept, so that asking again gets the same answer.
 *
 * Only `held` leads anywhere: to `released`. A held debit of a paid order stays held; what is refunded of it is credited
 * refund by refund, each with a row of its own.
 */
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { BalanceDebit, DebitOutcome, UserDeclaration } from '@suanpan/contracts/user'
import type { Change, Declared } from '@suanpan/runtime/store'
import type { AccountRow, DebitRow, RefundRow } from './tables.ts'

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
    guard: { orderId, state: 'refused', userId, amountFen: 0, refusal, refundedFen: 0, takenAt: at, settledAt: at },
  })
  if (account === undefined) return refuse('DEBIT_OUTCOME_UNKNOWN_USER')
  const amountFen = exactlyFen ?? Math.min(account.balanceFen, atMostFen)
  if (amountFen > account.balanceFen) return refuse('DEBIT_OUTCOME_INSUFFICIENT_BALANCE')
  return {
    outcome: { outcome: 'DEBIT_OUTCOME_DEBITED', debitedFen: amountFen },
    guard: { orderId, state: 'held', userId, amountFen, refusal: null, refundedFen: 0, takenAt: at, settledAt: 0 },
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
    return { outcome: 'barred', guard: { orderId, state: 'released', userId: null, amountFen: 0, refusal: null, refundedFen: 0, takenAt: at, settledAt: at } }
  }
  if (known.state !== 'held') return { outcome: 'nothing' }
  const account = accountOf.get(known.userId ?? '')
  if (account === undefined) throw new Error(`order ${orderId} took balance of ${known.userId ?? ''}, who has no account`)
  const credited = { ...account, creditedFen: account.creditedFen + known.amountFen, balanceFen: account.balanceFen + known.amountFen }
  return { outcome: 'released', guard: { ...known, state: 'released', settledAt: at }, books: [credited] }
}

/** Balance of a paid order that goes back. */
export interface Refunding {
  readonly refundId: string
  readonly orderId: string
  readonly amountFen: number
  readonly at: number
}

export type CreditDecision =
  | { readonly kind: 'credited'; readonly userId: string; readonly amountFen: number }
  /** `missing`: the order took nothing; `exceeds_debit`: it took less. No correct history leads to either. */
  | { readonly kind: 'nothing' | 'missing' | 'exceeds_debit' }

/** Credits the balance's part of a refund, once, and never more than the order took. */
export function decideCredit(
  { refundId, orderId, amountFen, at }: Refunding,
  known: RefundRow | undefined,
  debitOf: ReadonlyMap<string, DebitRow>,
): Change<RefundRow, DebitRow, CreditDecision> {
  if (known !== undefined) return { outcome: { kind: 'nothing' } }
  const debit = debitOf.get(orderId)
  if (debit?.state !== 'held' || debit.userId === null) return { outcome: { kind: 'missing' } }
  const refundedFen = debit.refundedFen + amountFen
  if (refundedFen > debit.amountFen) return { outcome: { kind: 'exceeds_debit' } }
  const { userId } = debit
  return {
    outcome: { kind: 'credited', userId, amountFen },
    guard: { refundId, orderId, userId, amountFen, creditedAt: at },
    books: [{ ...debit, refundedFen }],
  }
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
