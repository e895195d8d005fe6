import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageByKey } from '../../paging.ts'
import type { Store, Transaction } from '../../port.ts'
import { defineTable } from '../../table.ts'
import { account, accounts, amountsIn, attachments, insertAccounts, type Account } from './accounts.ts'

/** What a transaction writes on top of `{ a: 1, b: 2 }`, and the amounts that are left. */
const writes: readonly [name: string, write: (tx: Transaction) => void, left: { [accountId: string]: number }][] = [
  ['nothing', () => {}, { a: 1, b: 2 }],
  ['empty lists', (tx) => [tx.insert(accounts, []), tx.insertMissing(accounts, []), tx.update(accounts, []), tx.remove(accounts, [])], { a: 1, b: 2 }],
  ['an insert', (tx) => tx.insert(accounts, [account('c', 3), account('d', 4)]), { a: 1, b: 2, c: 3, d: 4 }],
  ['missing rows: what is there stays', (tx) => tx.insertMissing(accounts, [account('b', 20), account('c', 3)]), { a: 1, b: 2, c: 3 }],
  ['missing rows: the first of one key', (tx) => tx.insertMissing(accounts, [account('c', 3), account('c', 4)]), { a: 1, b: 2, c: 3 }],
  ['an update', (tx) => tx.update(accounts, [account('b', 20)]), { a: 1, b: 20 }],
  ['an update of what is not there', (tx) => tx.update(accounts, [account('c', 3)]), { a: 1, b: 2 }],
  ['updates of one key: the last', (tx) => tx.update(accounts, [account('b', 20), account('b', 30), account('a', 10)]), { a: 10, b: 30 }],
  ['a removal', (tx) => tx.remove(accounts, ['a', 'a', 'nobody']), { b: 2 }],
  ['a statement', (tx) => tx.execute('UPDATE account SET amount = amount + $2 WHERE account_id = $1', ['a', 5]), { a: 6, b: 2 }],
  [
    'writes in their order',
    (tx) => {
      tx.insert(accounts, [account('c', 3)])
      tx.update(accounts, [account('c', 4)])
      tx.execute('UPDATE account SET amount = amount * 10 WHERE account_id = $1', ['c'])
      tx.remove(accounts, ['a'])
      tx.insert(accounts, [account('a', 7)])
      tx.insertMissing(accounts, [account('a', 8)])
    },
    { a: 7, b: 2, c: 40 },
  ],
]

/** Keys and texts that a careless encoding breaks. */
const awkwardTexts = [
  '',
  ' ',
  'NULL',
  'null',
  '"',
  "'",
  '\\',
  '{}',
  '{"a"}',
  ',',
  'a,b',
  '$1',
  '?1',
  '%',
  '\n',
  '\t',
  '\u0001',
  '__proto__',
  'constructor',
  'é',
  '中文',
  '😀',
  '\uFFFD',
]

const awkwardRows: readonly [name: string, row: Partial<Account>][] = [
  ['largest integers', { amount: Number.MAX_SAFE_INTEGER, limitAmount: Number.MIN_SAFE_INTEGER }],
  ['zero', { amount: 0, limitAmount: 0 }],
  ['nothing', { holder: null, limitAmount: null, note: null, tags: [] }],
  ['JSON', { tags: awkwardTexts, note: { text: 'a\u0000b' } }],
  ...awkwardTexts.map((text): [string, Partial<Account>] => [`text ${JSON.stringify(text)}`, { holder: text, note: { text } }]),
]

/** What one engine could hold and the other could not is refused by both. */
const unfit: readonly [name: string, row: Account][] = [
  ['NUL in text', account('k', 1, { holder: 'a\u0000b' })],
  ['NUL in a key', account('k\u0000', 1)],
  ['a fraction', account('k', 1.5)],
  ['not a number', account('k', Number.NaN)],
  ['infinity', account('k', Number.POSITIVE_INFINITY)],
  ['an integer that is not exact', account('k', 2 ** 53)],
]

/** The same rows, as somebody describes them who never changes who holds an account. */
const heldForEver = defineTable<Pick<Account, 'accountId' | 'amount' | 'holder' | 'tags'>>({
  name: 'account',
  key: 'accountId',
  columns: { accountId: 'text', amount: 'integer', holder: 'text?', tags: 'json' },
  fixed: ['holder', 'tags'],
})

export function rowConformance(open: () => Promise<Store>): void {
  test('an update leaves what is fixed as it is', async () => {
    const store = await open()
    await insertAccounts(store, account('a', 1, { holder: 'Ann', tags: ['first'] }))
    await store.transact(async (tx) => tx.update(heldForEver, [{ accountId: 'a', amount: 2, holder: 'Bob', tags: [] }]))
    assert.deepEqual((await store.read.get(heldForEver, ['a'])).get('a'), { accountId: 'a', amount: 2, holder: 'Ann', tags: ['first'] })
  })

  for (const [name, write, left] of writes) {
    test(`writes ${name}`, async () => {
      const store = await open()
      await insertAccounts(store, account('a', 1), account('b', 2))
      await store.transact(async (tx) => write(tx))
      assert.deepEqual(await amountsIn(store), left)
    })
  }

  test('what a query has written is seen by the next read', async () => {
    const store = await open()
    await insertAccounts(store, account('a', 1))
    const seen = await store.transact(async (tx) => {
      await tx.lock(accounts, ['a'])
      const answered = await tx.query('UPDATE account SET amount = 2 WHERE account_id = $1 RETURNING amount', ['a'])
      return [answered.length, (await tx.lock(accounts, ['a'])).get('a')?.amount]
    })
    assert.deepEqual(seen, [1, 2])
  })

  test('loads rows by key: missing ones are absent, and a key may be named twice', async () => {
    const store = await open()
    await insertAccounts(store, account('a', 1), account('b', 2), account('c', 3))
    for (const wanted of [[], ['a'], ['nobody'], ['c', 'a', 'c'], ['a', 'nobody', 'b'], ['a\u0000'], ['a', 'b\u0000']]) {
      const found = wanted.filter((key) => key in { a: 1, b: 2, c: 3 })
      assert.deepEqual(new Set((await store.read.get(accounts, wanted)).keys()), new Set(found))
      assert.deepEqual(new Set((await store.transact((tx) => tx.lock(accounts, wanted))).keys()), new Set(found))
      assert.deepEqual(new Set((await store.transact((tx) => tx.get(accounts, wanted))).keys()), new Set(found))
    }
  })

  test('gives back every value as it was, whether inserted or updated', async () => {
    const store = await open()
    const rows = awkwardRows.map(([name, row]) => account(name, 1, row))
    await insertAccounts(store, ...rows.map(({ accountId }) => account(accountId, 0)))
    await store.transact(async (tx) => tx.update(accounts, rows))
    const updated = await store.read.get(accounts, rows.map(accounts.keyOf))
    for (const row of rows) assert.deepEqual(updated.get(row.accountId), row)
    await store.transact(async (tx) => {
      tx.remove(accounts, rows.map(accounts.keyOf))
      tx.insert(accounts, rows)
    })
    assert.deepEqual(await store.read.get(accounts, rows.map(accounts.keyOf)), updated)
  })

  test('keeps bytes, and keys of any text', async () => {
    const store = await open()
    const bodies = [new Uint8Array(), new Uint8Array([0, 255, 92, 39]), new Uint8Array(Buffer.from('xabcx')).subarray(1, 4)]
    const rows = awkwardTexts.map((attachmentId, index) => ({ attachmentId, body: bodies[index % bodies.length] ?? new Uint8Array() }))
    await store.transact(async (tx) => tx.insert(attachments, rows))
    const kept = await store.read.get(attachments, awkwardTexts)
    assert.equal(kept.size, rows.length)
    for (const { attachmentId, body } of rows) assert.deepEqual(new Uint8Array(kept.get(attachmentId)?.body ?? [1]), new Uint8Array(body))
  })

  test('pages in byte order of the key', async () => {
    const store = await open()
    const keys = [...awkwardTexts.filter((text) => text !== ''), 'a', 'B', 'b', '_', '~', 'Z', 'z', 'aa', 'a b', 'é'.normalize('NFD')]
    await insertAccounts(store, ...keys.map((key) => account(key, 1)))
    const paged: string[] = []
    for (let page = await pageByKey(store.read, accounts, '', 5); page.length > 0; page = await pageByKey(store.read, accounts, paged.at(-1) ?? '', 5)) {
      paged.push(...page.map(accounts.keyOf))
    }
    assert.deepEqual(
      paged,
      keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
  })

  for (const [name, row] of unfit) {
    test(`refuses ${name}`, async () => {
      const store = await open()
      await assert.rejects(insertAccounts(store, account('before', 1), row), { name: 'ConstraintViolated' })
      assert.deepEqual(await amountsIn(store), {})
    })
  }

  test('refuses NUL in the parameters of statements', async () => {
    const store = await open()
    const sql = 'SELECT account_id FROM account WHERE account_id > $1'
    await assert.rejects(store.read.query(sql, ['a\u0000']), { name: 'ConstraintViolated' })
    await assert.rejects(
      store.transact((tx) => tx.query(sql, ['a\u0000'])),
      { name: 'ConstraintViolated' },
    )
    await assert.rejects(
      store.transact(async (tx) => tx.execute('DELETE FROM account WHERE account_id = $1', ['a\u0000'])),
      { name: 'ConstraintViolated' },
    )
  })

  test('counts and sums are numbers, and refused where they are not exact', async () => {
    const store = await open()
    await insertAccounts(store, account('a', Number.MAX_SAFE_INTEGER), account('b', 2))
    assert.deepEqual(
      { ...(await store.read.query('SELECT COUNT(*) AS accounts, SUM(amount) AS total FROM account WHERE account_id > $1', ['a']))[0] },
      { accounts: 1, total: 2 },
    )
    await assert.rejects(store.read.query('SELECT SUM(amount) AS total FROM account', []), RangeError)
    assert.deepEqual(await amountsIn(store), { a: Number.MAX_SAFE_INTEGER, b: 2 })
  })
}
