import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../time/index.ts'
import { account, accounts, addTo, amountsIn, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { openSqliteDatabase, openSqliteStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-store-'))
let files = 0

after(() => rmSync(folder, { recursive: true, force: true }))

const open = (file: string) => openSqliteStore({ name: 'conformance', file, schemas: [conformanceSchema], clock: systemClock() })

/** A file of some hundred pages, alone in its folder. */
async function filled(): Promise<string> {
  const own = join(folder, String(++files))
  mkdirSync(own)
  const store = open(join(own, 'store.db'))
  await insertAccounts(
    store,
    ...Array.from({ length: 2_000 }, (_, index) => account(`row ${index}`, 1, { holder: `holder ${index}`, note: { text: 'n'.repeat(200) } })),
  )
  await store.close()
  return join(own, 'store.db')
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const content = readFileSync(file)
  bytes.copy(content, at)
  writeFileSync(file, content)
}

const damages: readonly [name: string, damage: (file: string) => void, refusal: RegExp][] = [
  ['text instead of a database', (file) => writeFileSync(file, 'id,amount\n1,2\n'.repeat(1_000)), /not a database.*left as it is/],
  ['a header that is overwritten', (file) => overwrite(file, 0, Buffer.alloc(100)), /not a database.*left as it is/],
  ['an end that is missing', (file) => truncateSync(file, 40_960), /malformed|damaged/],
  ['a page of noise', (file) => overwrite(file, 4_096 * 20, Buffer.alloc(4_096, 0xa5)), /malformed|damaged/],
  ['pages of zeros', (file) => overwrite(file, 4_096 * 10, Buffer.alloc(4_096 * 30)), /malformed|damaged/],
]

for (const [name, damage, refusal] of damages) {
  test(`${name}: refused, and left as it is`, async () => {
    const file = await filled()
    damage(file)
    const before = readFileSync(file)
    assert.throws(() => open(file), { name: 'StoreRefused', message: refusal })
    assert.throws(
      () => open(file),
      (error: Error) => error.message.startsWith(file),
    )
    assert.ok(readFileSync(file).equals(before))
  })
}

test('a folder instead of a file, or a folder that is not there, is refused', () => {
  assert.throws(() => open(folder), { name: 'StoreRefused' })
  assert.throws(() => open(join(folder, 'nowhere', 'store.db')), { name: 'StoreRefused' })
})

test('a file that may not be written is refused', async () => {
  const file = await filled()
  chmodSync(folder, 0o755)
  chmodSync(dirname(file), 0o555)
  chmodSync(file, 0o444)
  try {
    asOrdinaryUser(() => assert.throws(() => open(file), { name: 'StoreRefused', message: /readonly|unable to open/ }))
  } finally {
    chmodSync(dirname(file), 0o755)
  }
  assert.deepEqual(readdirSync(dirname(file)), ['store.db'])
})

/** The superuser may write anything: the system then judges by this user instead. */
function asOrdinaryUser(work: () => void): void {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    work()
  } finally {
    process.seteuid?.(0)
  }
}

for (const assurance of ['durable', 'applied'] as const) {
  test(`a full disk fails every transaction of its group, leaves nobody waiting, and the store goes on: ${assurance}`, async () => {
    const lost: unknown[] = []
    const store = openSqliteDatabase({ file: ':memory:', clock: systemClock(), onLost: (error) => lost.push(error) }).openStore(
      'conformance',
      [conformanceSchema],
      assurance,
    )
    await insertAccounts(store, account('before', 1))
    await store.transact(async (tx) => tx.execute('PRAGMA max_page_count = 20', []))
    await store.settled()
    const large = account('large', 1, { note: { text: 'x'.repeat(200_000) } })
    const fates = await Promise.allSettled([
      insertAccounts(store, account('first', 1)),
      insertAccounts(store, account('first', 2)),
      insertAccounts(store, large),
      insertAccounts(store, account('last', 1)),
    ])
    assert.deepEqual(
      fates.map((fate) => (fate.status === 'fulfilled' ? 'done' : (fate.reason as Error).message.replace(/constraint .*/, 'constraint'))),
      ['database or disk is full', 'constraint', 'database or disk is full', 'database or disk is full'],
    )
    await insertAccounts(store, account('after', 1))
    assert.deepEqual([await amountsIn(store), lost], [{ after: 1, before: 1 }, []])
    await store.close()
  })
}

test('what a full disk undid is not there any more, though it was read while it was', async () => {
  const store = open(':memory:')
  await store.transact(async (tx) => tx.execute('PRAGMA max_page_count = 20', []))
  const inserting = store.transact(async (tx) => {
    tx.insert(accounts, [account('first', 1)])
    return tx.get(accounts, ['first'])
  })
  const large = insertAccounts(store, account('large', 1, { note: { text: 'x'.repeat(200_000) } }))
  await Promise.all([assert.rejects(inserting, /full/), assert.rejects(large, /full/)])
  assert.equal((await store.read.get(accounts, ['first'])).size, 0)
  await store.close()
})

test('what SQLite undid by itself is not there any more, though nothing that was written failed', async () => {
  const store = open(':memory:')
  await insertAccounts(store, account('a', 100))
  const taking = addTo(store, 'a', -30)
  const undone = store.transact(async (tx) => {
    await tx.query('ROLLBACK', [])
    throw new Error('as a read that finds the disk full')
  })
  await Promise.all([assert.rejects(taking, /disk full/), assert.rejects(undone, /disk full/)])
  await addTo(store, 'a', -5)
  assert.deepEqual(await amountsIn(store), { a: 95 })
  await store.close()
})

test('transactions of one turn share a commit: who reads meanwhile sees all of it', async () => {
  const store = open(join(folder, 'group.db'))
  const reads: Promise<number>[] = []
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      store.transact(async (tx) => {
        tx.insert(accounts, [account(`row ${index}`, 1)])
        reads.push(amountsIn(store).then((amounts) => Object.keys(amounts).length))
        await tx.get(accounts, [`row ${index}`])
      }),
    ),
  )
  assert.deepEqual(new Set(await Promise.all(reads)), new Set([20]))
  await store.close()
})

test('services in one file keep their own versions', async () => {
  const database = openSqliteDatabase({ file: join(folder, 'both.db'), clock: systemClock() })
  const store = database.openStore('conformance', [conformanceSchema])
  const bus = database.openStore('bus', [new URL('../../bus/schema/', import.meta.url)])
  await Promise.all([insertAccounts(store, account('a', 1)), bus.transact(async (tx) => tx.execute('DELETE FROM bus_dead', []))])
  const versions = await store.read.query('SELECT component, version FROM schema_version ORDER BY component', [])
  assert.deepEqual(
    versions.map((row) => ({ ...row })),
    [
      { component: 'bus', version: 1 },
      { component: 'conformance', version: 1 },
    ],
  )
  await database.close()
})
