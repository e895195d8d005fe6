import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { accountFaults } from './books.ts'
import { userSchema } from './service.ts'
import { usersOn } from './testing.ts'

test('an account is faultless only if it adds up and is what the entries say', () => {
  const row = { userId: 'user-1', openingFen: 1_000, creditedFen: 100, debitedFen: 400, balanceFen: 700 }
  const sums = { debitedFen: 400, creditedFen: 100 }
  const cases = [
    { change: {}, sums, faults: [] },
    { change: { balanceFen: 701 }, sums, faults: ['user-1: balance 701 is not opening 1000 + credits 100 − debits 400'] },
    { change: { openingFen: 0, balanceFen: -300 }, sums, faults: ['user-1: balance -300 is below zero'] },
    { change: {}, sums: { ...sums, debitedFen: 300 }, faults: [`user-1: debits 400, the orders' entries say 300`] },
    { change: {}, sums: { ...sums, creditedFen: 200 }, faults: [`user-1: credits 100, the orders' entries say 200`] },
    { change: {}, sums: undefined, faults: [`user-1: debits 400, the orders' entries say 0`, `user-1: credits 100, the orders' entries say 0`] },
  ]
  for (const { change, sums: given, faults } of cases) assert.deepEqual(accountFaults({ ...row, ...change }, given), faults)
})

test('damage that every constraint lets pass is found and named', async () => {
  const cases = [
    { damage: `UPDATE account SET debited_fen = debited_fen + 1, balance_fen = balance_fen - 1`, found: [`user-1: debits 901, the orders' entries say 900`] },
    {
      damage: `UPDATE balance_debit SET amount_fen = 200 WHERE order_id = 'ord_1'`,
      found: [`user-1: debits 900, the orders' entries say 500`, `user-1: credits 610, the orders' entries say 210`],
    },
    { damage: `UPDATE balance_debit SET state = 'released' WHERE order_id = 'ord_2'`, found: [`user-1: credits 610, the orders' entries say 900`] },
    {
      damage: `DELETE FROM balance_debit WHERE order_id = 'ord_2'`,
      found: [
        'balance was refunded that the order never took',
        `user-1: debits 900, the orders' entries say 600`,
        `user-1: credits 610, the orders' entries say 600`,
      ],
    },
    { damage: `UPDATE balance_refund SET amount_fen = 9`, found: ['refunds of 10 fen, their entries say 9'] },
    {
      damage: `UPDATE balance_refund SET order_id = 'ord_9'`,
      found: ['refunds of 10 fen, their entries say 0', 'balance was refunded that the order never took'],
    },
    {
      damage: `UPDATE balance_debit SET refunded_fen = 0`,
      found: ['refunds of 0 fen, their entries say 10', `user-1: credits 610, the orders' entries say 600`],
    },
    { damage: `DELETE FROM account`, found: ['user-1 was debited but has no account'] },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore({ name: 'user', schemas: [userSchema] })
    const users = await usersOn(store, { 'user-1': 1_000 })
    await users.debit({ orderId: 'ord_1', exactlyFen: 600 }, { orderId: 'ord_2', exactlyFen: 300 }, { orderId: 'ord_3', exactlyFen: 500 })
    await users.cancel('ord_1', 'ord_4')
    await users.refund(['rf_1', 'ord_2', 10])
    assert.deepEqual(await users.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(await users.violations(), found)
    await store.close()
  }
})
