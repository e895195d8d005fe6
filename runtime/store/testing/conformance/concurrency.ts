import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../port.ts'
import { account, accounts, addTo, amountsIn, insertAccounts } from './accounts.ts'

const parallel = 40

/** Moves one from the first to the second account, and locks both in the order that they are named in. */
function move(store: Store, from: string, to: string, onRun = (): void => {}): Promise<void> {
  return store.transact(async (tx) => {
    onRun()
    const rows = await tx.lock(accounts, [from, to])
    const [giver, taker] = [rows.get(from), rows.get(to)]
    if (giver === undefined || taker === undefined || giver.amount === 0) return
    tx.update(accounts, [
      { ...giver, amount: giver.amount - 1 },
      { ...taker, amount: taker.amount + 1 },
    ])
  })
}

/** `stores` are any number of ways to the same rows: connections of one process, or of several. */
export function concurrencyConformance(open: () => Promise<readonly [Store, ...Store[]]>): void {
  const spread = (stores: readonly [Store, ...Store[]], index: number): Store => stores[index % stores.length] ?? stores[0]

  test('updates of one hot row are never lost', async () => {
    const stores = await open()
    await insertAccounts(stores[0], account('hot', 0))
    await Promise.all(Array.from({ length: parallel }, (_, index) => addTo(spread(stores, index), 'hot', index)))
    assert.deepEqual(await amountsIn(stores[0]), { hot: (parallel * (parallel - 1)) / 2 })
  })

  test('a row that may be taken once has one taker, and the others see it taken', async () => {
    const stores = await open()
    const claim = (index: number) =>
      spread(stores, index).transact(async (tx) => {
        const known = (await tx.lock(accounts, ['prize'])).get('prize')
        if (known !== undefined) return known.holder
        tx.insert(accounts, [account('prize', 1, { holder: `taker ${index}` })])
        return `taker ${index}`
      })
    const seen = new Set(await Promise.all(Array.from({ length: parallel }, (_, index) => claim(index))))
    assert.equal(seen.size, 1)
  })

  test('transactions that lock the same rows in any order do not stand in each other’s way', async () => {
    const stores = await open()
    const keys = ['a', 'b', 'c', 'd']
    await insertAccounts(stores[0], ...keys.map((key) => account(key, 10)))
    const pairs = keys.flatMap((from) => keys.filter((to) => to !== from).map((to) => [from, to] as const))
    const moves = [...pairs, ...pairs.toReversed(), ...pairs]
    let runs = 0
    await Promise.all(moves.map(([from, to], index) => move(spread(stores, index), from, to, () => runs++)))
    // A deadlock would be broken, and its victim run again.
    assert.equal(runs, moves.length)
    const amounts = Object.values(await amountsIn(stores[0]))
    assert.equal(
      amounts.reduce((sum, amount) => sum + amount, 0),
      40,
    )
  })

  test('a transaction that fails takes nothing of its neighbours along', async () => {
    const stores = await open()
    await insertAccounts(stores[0], account('taken', 1))
    const fates = await Promise.allSettled(
      Array.from({ length: parallel }, (_, index) =>
        spread(stores, index).transact(async (tx) => {
          tx.insert(accounts, [account(`row ${index}`, 1)])
          if (index % 4 === 1) throw new Error('given up')
          if (index % 4 === 2) tx.insert(accounts, [account('taken', 1)])
          if (index % 4 === 3) await tx.lock(accounts, ['taken'])
          return index
        }),
      ),
    )
    const fateOf = (index: number) => (index % 4 === 1 ? 'Error' : index % 4 === 2 ? 'ConstraintViolated' : `done ${index}`)
    assert.deepEqual(
      fates.map((fate) => (fate.status === 'fulfilled' ? `done ${fate.value}` : (fate.reason as Error).name)),
      fates.map((_, index) => fateOf(index)),
    )
    const kept = fates.flatMap((fate) => (fate.status === 'fulfilled' ? [`row ${fate.value}`] : []))
    assert.deepEqual(new Set(Object.keys(await amountsIn(stores[0]))), new Set(['taken', ...kept]))
  })

  test('a snapshot does not move while others write, and keeps nobody from writing', async () => {
    const stores = await open()
    await insertAccounts(stores[0], account('a', 10), account('b', 0))
    const seen = await stores[0].snapshot(async (read) => {
      const before = (await read.get(accounts, ['a'])).get('a')?.amount
      await move(spread(stores, 1), 'a', 'b')
      const after = await read.query('SELECT SUM(amount) AS total FROM account WHERE account_id = $1', ['b'])
      return [before, after[0]?.['total']]
    })
    assert.deepEqual(seen, [10, 0])
    assert.deepEqual(await amountsIn(stores[0]), { a: 9, b: 1 })
  })

  test('a snapshot that fails leaves no trace', async () => {
    const [store] = await open()
    const failure = new Error('no')
    await assert.rejects(
      store.snapshot(async () => Promise.reject(failure)),
      (error) => error === failure,
    )
    await assert.rejects(store.snapshot((read) => read.query('INSERT INTO account (account_id, amount, tags) VALUES ($1, 1, $1)', ['a'])))
    await insertAccounts(store, account('b', 1))
    assert.deepEqual(await amountsIn(store), { b: 1 })
  })
}
