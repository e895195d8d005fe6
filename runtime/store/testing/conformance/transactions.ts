import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store, Transaction } from '../../port.ts'
import type { Table } from '../../table.ts'
import { account, accounts, accountsByHolder, addTo, amountsIn, insertAccounts, type Account } from './accounts.ts'

/** What a constraint refuses on top of `{ a: 1 }`, held by Ann. */
const violations: readonly [name: string, work: (tx: Transaction) => Promise<unknown>][] = [
  ['a key that exists', async (tx) => tx.insert(accounts, [account('fresh', 1), account('a', 2)])],
  ['a unique column', async (tx) => tx.insert(accounts, [account('fresh', 1), account('b', 2, { holder: 'Ann' })])],
  ['a unique column among missing rows', async (tx) => tx.insertMissing(accounts, [account('fresh', 1), account('b', 2, { holder: 'Ann' })])],
  ['a check', async (tx) => tx.update(accounts, [account('a', -1)])],
  ['NULL', async (tx) => tx.execute('UPDATE account SET tags = NULL WHERE account_id = $1', ['a'])],
  [
    'a write that a read follows',
    async (tx) => {
      tx.insert(accounts, [account('fresh', 1), account('a', 2)])
      await tx.get(accounts, ['a'])
    },
  ],
  [
    'a write whose failure is swallowed',
    async (tx) => {
      tx.insert(accounts, [account('fresh', 1), account('a', 2)])
      await tx.get(accounts, ['a']).catch(() => {})
      tx.insert(accounts, [account('later', 1)])
    },
  ],
]

export function transactionConformance(open: () => Promise<Store>): void {
  for (const [name, work] of violations) {
    test(`${name} refused: nothing of the transaction is written, and the store goes on`, async () => {
      const store = await open()
      await insertAccounts(store, account('a', 1, { holder: 'Ann' }))
      await assert.rejects(store.transact(work), { name: 'ConstraintViolated' })
      await addTo(store, 'a', 1)
      assert.deepEqual(await amountsIn(store), { a: 2 })
    })
  }

  test('what work throws is what the caller gets; it is not tried again, and nothing is written', async () => {
    const store = await open()
    for (const thrown of [new Error('no'), new Error('connection terminated: timeout'), Object.assign(new Error('no'), { code: 'ECONNRESET' })]) {
      let runs = 0
      const failing = store.transact(async (tx) => {
        runs++
        tx.insert(accounts, [account('a', 1)])
        await tx.get(accounts, ['a'])
        tx.insert(accounts, [account('b', 1)])
        throw thrown
      })
      await assert.rejects(failing, (error) => error === thrown)
      assert.equal(runs, 1)
      assert.deepEqual(await amountsIn(store), {})
    }
  })

  test('a read that fails fails its transaction, though work swallows it', async () => {
    const store = await open()
    await insertAccounts(store, account('a', Number.MAX_SAFE_INTEGER), account('b', 1))
    const swallowing = store.transact(async (tx) => {
      tx.insert(accounts, [account('c', 1)])
      await tx.query('SELECT SUM(amount) AS total FROM account', []).catch(() => {})
    })
    await assert.rejects(swallowing, RangeError)
    assert.deepEqual(Object.keys(await amountsIn(store)), ['a', 'b'])
  })

  test('a statement that the database does not understand fails its transaction alone', async () => {
    const store = await open()
    await assert.rejects(store.transact(async (tx) => tx.execute('UPDATE nowhere SET a = 1', [])))
    await assert.rejects(store.read.query('SELECT * FROM nowhere', []))
    await insertAccounts(store, account('a', 1))
    assert.deepEqual(await amountsIn(store), { a: 1 })
  })

  test('a transaction reads what it wrote, and nobody else does before the commit', async () => {
    const store = await open()
    await insertAccounts(store, account('a', 1))
    await store.transact(async (tx) => {
      tx.update(accounts, [account('a', 2)])
      assert.equal((await tx.get(accounts, ['a'])).get('a')?.amount, 2)
      tx.insert(accounts, [account('b', 3)])
      assert.deepEqual([...(await tx.lock(accounts, ['b'])).keys()], ['b'])
      tx.remove(accounts, ['a'])
      assert.deepEqual(
        (await tx.query('SELECT account_id FROM account', [])).map((row) => row['account_id']),
        ['b'],
      )
    })
    assert.deepEqual(await amountsIn(store), { b: 3 })
  })

  test('a row that was changed is loaded as it is then, whoever changed it, and however', async () => {
    const store = await open()
    const load = (table: Table<Account>, key: string) => store.transact(async (tx) => (await tx.lock(table, [key])).get(key)?.amount)
    await insertAccounts(store, account('a', 1, { holder: 'Ann' }))
    const undone = store.transact(async (tx) => {
      tx.update(accounts, [account('a', 5, { holder: 'Ann' })])
      tx.insert(accounts, [account('b', 5)])
      await tx.get(accounts, ['a', 'b'])
      throw new Error('changed my mind')
    })
    await assert.rejects(undone, /changed my mind/)
    assert.deepEqual([await load(accounts, 'a'), await load(accounts, 'b'), await load(accountsByHolder, 'Ann')], [1, undefined, 1])
    await addTo(store, 'a', 1)
    assert.deepEqual([await load(accounts, 'a'), await load(accountsByHolder, 'Ann')], [2, 2])
    await store.transact(async (tx) => tx.execute('UPDATE account SET amount = 7', []))
    assert.deepEqual([await load(accounts, 'a'), await load(accountsByHolder, 'Ann')], [7, 7])
    await store.transact(async (tx) => tx.insertMissing(accounts, [account('a', 9)]))
    assert.equal(await load(accounts, 'a'), 7)
    await store.transact(async (tx) => tx.update(accounts, [account('c', 9)]))
    assert.equal(await load(accounts, 'c'), undefined)
    await store.transact(async (tx) => tx.remove(accounts, ['a']))
    assert.deepEqual([await load(accounts, 'a'), await load(accountsByHolder, 'Ann')], [undefined, undefined])
  })

  test('tasks run after the commit, in their order, and not at all without one', async () => {
    const store = await open()
    const told: string[] = []
    const failing = store.transact(async (tx) => {
      tx.insert(accounts, [account('a', -1)])
      tx.afterCommit(() => told.push('never'))
    })
    await assert.rejects(failing)
    let amounts = Promise.resolve({})
    await store.transact(async (tx) => {
      tx.insert(accounts, [account('a', 1)])
      tx.afterCommit(() => {
        amounts = amountsIn(store)
      })
      tx.afterCommit(() => told.push('first'))
      tx.afterCommit(() => told.push('second'))
    })
    assert.deepEqual([told, await amounts], [['first', 'second'], { a: 1 }])
  })

  test('a transaction that is over takes no more writes and answers no more reads', async () => {
    const store = await open()
    const kept: Transaction[] = []
    await store.transact(async (tx) => void kept.push(tx))
    await assert.rejects(
      store.transact(async (tx) => {
        kept.push(tx)
        throw new Error('no')
      }),
    )
    for (const tx of kept) {
      assert.throws(() => tx.insert(accounts, [account('late', 1)]), /over/)
      await assert.rejects(async () => tx.get(accounts, ['late']), /over/)
    }
    assert.deepEqual(await amountsIn(store), {})
  })

  test('a closed store refuses; what was handed over before is still done', async () => {
    const store = await open()
    const last = Promise.all([insertAccounts(store, account('a', 1)), insertAccounts(store, account('b', 2))])
    const closed = store.close()
    await assert.rejects(insertAccounts(store, account('c', 3)))
    await Promise.all([closed, last, store.close()])
  })
}
