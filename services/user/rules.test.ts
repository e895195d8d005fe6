import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAccount, decideCredit, decideDebit, decideRelease } from './rules.ts'
import type { AccountRow, DebitRow, DebitState, RefundRow } from './tables.ts'

function account(openingFen: number, creditedFen = 0, debitedFen = 0): AccountRow {
  return { userId: 'user-1', openingFen, creditedFen, debitedFen, balanceFen: openingFen + creditedFen - debitedFen }
}

function debitRow(state: DebitState, change: Partial<DebitRow> = {}): DebitRow {
  return {
    orderId: 'ord_1',
    state,
    userId: 'user-1',
    amountFen: 300,
    refusal: null,
    refundedFen: 0,
    takenAt: 1_000,
    settledAt: state === 'held' ? 0 : 2_000,
    ...change,
  }
}

test('a debit takes exactly an amount, or as much as there is up to one, once for each order', () => {
  const refused = debitRow('refused', { amountFen: 0, refusal: 'DEBIT_OUTCOME_UNKNOWN_USER' })
  const cases: {
    known?: DebitRow
    account?: AccountRow
    exactlyFen?: number
    atMostFen?: number
    outcome: string
    debitedFen?: number
    state?: DebitState
  }[] = [
    { known: debitRow('released'), account: account(900), exactlyFen: 300, outcome: 'ALREADY_RELEASED' },
    { known: refused, account: account(900), exactlyFen: 300, outcome: 'UNKNOWN_USER' },
    { known: debitRow('held'), account: account(900), exactlyFen: 500, outcome: 'DEBITED', debitedFen: 300 },
    { exactlyFen: 300, outcome: 'UNKNOWN_USER', state: 'refused' },
    { account: account(299), exactlyFen: 300, outcome: 'INSUFFICIENT_BALANCE', state: 'refused' },
    { account: account(299), exactlyFen: 300, atMostFen: 100, outcome: 'INSUFFICIENT_BALANCE', state: 'refused' },
    { account: account(300), exactlyFen: 300, outcome: 'DEBITED', debitedFen: 300, state: 'held' },
    { account: account(300), exactlyFen: 0, atMostFen: 300, outcome: 'DEBITED', debitedFen: 0, state: 'held' },
    { account: account(300), atMostFen: 200, outcome: 'DEBITED', debitedFen: 200, state: 'held' },
    { account: account(300), atMostFen: 400, outcome: 'DEBITED', debitedFen: 300, state: 'held' },
    { account: account(0), atMostFen: 400, outcome: 'DEBITED', debitedFen: 0, state: 'held' },
  ]
  for (const { known, account: of, exactlyFen, atMostFen = 0, outcome, debitedFen = 0, state } of cases) {
    const request = { orderId: 'ord_1', userId: 'user-1', exactlyFen, atMostFen, at: 1_000 }
    const change = decideDebit(request, known, new Map(of === undefined ? [] : [['user-1', of]]))
    assert.deepEqual(change.outcome, { outcome: `DEBIT_OUTCOME_${outcome}`, debitedFen })
    assert.equal(change.guard?.state, state)
    assert.deepEqual(
      change.books?.map(({ balanceFen, debitedFen: total }) => [balanceFen, total]) ?? [],
      debitedFen > 0 && of !== undefined && state === 'held' ? [[of.balanceFen - debitedFen, debitedFen]] : [],
    )
  }
})

test('only what is held is credited back, and a cancel that comes first bars the debit', () => {
  const cases: { known?: DebitRow; outcome: string; credited?: AccountRow[] }[] = [
    { outcome: 'barred' },
    { known: debitRow('refused'), outcome: 'nothing' },
    { known: debitRow('released'), outcome: 'nothing' },
    { known: debitRow('held'), outcome: 'released', credited: [account(1_000, 300, 300)] },
  ]
  for (const { known, outcome, credited } of cases) {
    const change = decideRelease({ orderId: 'ord_1', at: 2_000 }, known, new Map([['user-1', account(1_000, 0, 300)]]))
    assert.equal(change.outcome, outcome)
    assert.equal(change.guard?.state, outcome === 'nothing' ? undefined : 'released')
    assert.deepEqual(change.books, credited)
  }
})

test('a refund credits its part of the balance, once, and never more than the order took', () => {
  const refund = { refundId: 'rf_1', orderId: 'ord_1', amountFen: 100, at: 3_000 }
  const credited: RefundRow = { refundId: 'rf_1', orderId: 'ord_1', userId: 'user-1', amountFen: 100, creditedAt: 3_000 }
  const cases: { known?: RefundRow; debit?: DebitRow; kind: string }[] = [
    { known: credited, debit: debitRow('held'), kind: 'nothing' },
    { kind: 'missing' },
    { debit: debitRow('refused'), kind: 'missing' },
    { debit: debitRow('released'), kind: 'missing' },
    { debit: debitRow('held', { amountFen: 99 }), kind: 'exceeds_debit' },
    { debit: debitRow('held', { refundedFen: 201 }), kind: 'exceeds_debit' },
    { debit: debitRow('held', { refundedFen: 200 }), kind: 'credited' },
    { debit: debitRow('held'), kind: 'credited' },
  ]
  for (const { known, debit, kind } of cases) {
    const { outcome, guard, books } = decideCredit(refund, known, new Map(debit === undefined ? [] : [['ord_1', debit]]))
    assert.equal(outcome.kind, kind)
    assert.deepEqual(guard, kind === 'credited' ? credited : undefined)
    assert.deepEqual(books, kind === 'credited' && debit !== undefined ? [{ ...debit, refundedFen: debit.refundedFen + 100 }] : undefined)
  }
})

test('an opening balance may be declared anew as long as nobody ends up below zero', () => {
  const cases: { known?: AccountRow; openingBalanceFen: number; outcome: string; row?: AccountRow }[] = [
    { openingBalanceFen: 700, outcome: 'CREATED', row: account(700) },
    { known: account(1_000, 100, 400), openingBalanceFen: 1_000, outcome: 'UNCHANGED' },
    { known: account(1_000, 100, 400), openingBalanceFen: 299, outcome: 'CONFLICT' },
    { known: account(1_000, 100, 400), openingBalanceFen: 300, outcome: 'UPDATED', row: account(300, 100, 400) },
    { known: account(1_000, 100, 400), openingBalanceFen: 2_000, outcome: 'UPDATED', row: account(2_000, 100, 400) },
  ]
  for (const { known, openingBalanceFen, outcome, row } of cases) {
    const declared = decideAccount(known, { userId: 'user-1', openingBalanceFen })
    assert.deepEqual(declared, row === undefined ? { outcome: `IMPORT_OUTCOME_${outcome}` } : { outcome: `IMPORT_OUTCOME_${outcome}`, row })
  }
})
