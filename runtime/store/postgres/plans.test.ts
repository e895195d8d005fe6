import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, accounts, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { usePostgres } from '../testing/postgres.ts'

/** A connection settles for one plan of a statement after the fifth time. */
const timesUntilPlanned = 6

const postgres = usePostgres()

test('what is planned while a table is empty goes by its index once it is large', async () => {
  // One after the other, so that all goes by the plans of one connection.
  const store = await postgres.open(await postgres.database(), { name: 'plans', schemas: [conformanceSchema] })
  const large = Array.from({ length: 2_000 }, (_, index) => account(`account-${index}`, index))
  const keys = large.slice(0, 60).map(accounts.keyOf)
  const work = () =>
    store.transact(async (tx) => {
      await tx.lock(accounts, keys)
      tx.update(accounts, large.slice(0, 60))
      tx.remove(accounts, ['nobody'])
    })
  const rowsReadInSequence = async (): Promise<number> => {
    await store.read.query('SELECT pg_stat_force_next_flush()::text AS done', [])
    return Number((await store.read.query("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'account'", []))[0]?.['seq_tup_read'])
  }
  for (let time = 0; time < timesUntilPlanned; time++) await work()
  await insertAccounts(store, ...large)
  const before = await rowsReadInSequence()
  for (let time = 0; time < timesUntilPlanned; time++) await work()
  assert.equal((await rowsReadInSequence()) - before, 0)
})
