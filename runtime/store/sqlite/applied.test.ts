import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../time/index.ts'
import { account, accounts, addTo, amountsIn, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { openLog, type Log } from './log.ts'
import { openSqliteDatabase } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-applied-'))
let files = 0

after(() => rmSync(folder, { recursive: true, force: true }))

/** Two services in one file: one goes on as soon as its rows are applied, one waits for the disk. */
function openBoth(clock = systemClock()) {
  const file = join(folder, `${++files}.db`)
  const lost: unknown[] = []
  const database = openSqliteDatabase({ file, clock, onLost: (error) => lost.push(error) })
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const durable = database.openStore('durable', [conformanceSchema])
  const onDisk = (): number => {
    const reader = new DatabaseSync(file, { readOnly: true })
    const { n } = reader.prepare('SELECT COUNT(*) AS n FROM account').get() as { n: number }
    reader.close()
    return n
  }
  return { database, applied, durable, lost, onDisk }
}

test('what is applied is built upon before it is on disk, and `settled` waits for all of it', async () => {
  const { database, applied, onDisk } = openBoth()
  await insertAccounts(applied, account('a', 1))
  await addTo(applied, 'a', 1)
  assert.deepEqual(await amountsIn(applied), { a: 2 })
  assert.equal(onDisk(), 0)
  await applied.settled()
  assert.equal(onDisk(), 1)
  await database.close()
})

test('who waits for the disk hears of nothing earlier, of its own rows or of others', async () => {
  const { database, applied, durable, onDisk } = openBoth()
  const seen: number[] = []
  const own = insertAccounts(durable, account('b', 1)).then(() => seen.push(onDisk()))
  await insertAccounts(applied, account('a', 1))
  const read = amountsIn(durable).then((amounts) => {
    seen.push(onDisk())
    return amounts
  })
  assert.equal(onDisk(), 0)
  await own
  assert.deepEqual([await read, seen], [{ a: 1, b: 1 }, [2, 2]])
  await database.close()
})

test('a transaction that fails is told its failure, and takes nothing of its group along', async () => {
  const { database, applied, onDisk, lost } = openBoth()
  await insertAccounts(applied, account('a', 1))
  await assert.rejects(insertAccounts(applied, account('a', 2)), { name: 'ConstraintViolated' })
  await insertAccounts(applied, account('b', 1))
  await applied.settled()
  assert.deepEqual([onDisk(), lost], [2, []])
  await database.close()
})

test('a group closes though more and more joins it', async () => {
  const { database, applied, onDisk } = openBoth()
  await insertAccounts(applied, account('a', 0))
  let going = true
  const adding = (async () => {
    while (going) await addTo(applied, 'a', 1)
  })()
  await applied.settled()
  assert.equal(onDisk(), 1)
  going = false
  await adding
  await database.close()
})

test('it closes, too, where the clock is put back meanwhile', async () => {
  let backMs = 0
  const { database, applied } = openBoth({ ...systemClock(), now: () => Date.now() - backMs })
  await insertAccounts(applied, account('a', 0))
  let going = true
  const adding = (async () => {
    for (let added = 0; going; added++) {
      await addTo(applied, 'a', 1)
      if (added === 1) backMs = 3_600_000
    }
  })()
  await applied.settled()
  going = false
  await adding
  await database.close()
})

test('a disk that refuses what others have built upon ends everything: nobody may go on with it', async () => {
  const { database, applied, durable, lost, onDisk } = openBoth()
  await insertAccounts(applied, account('before', 1))
  await applied.settled()
  await applied.transact(async (tx) => tx.execute('PRAGMA max_page_count = 20', []))
  await applied.settled()
  await insertAccounts(applied, account('built upon', 1))
  const waiting = insertAccounts(durable, account('not told yet', 1))
  const settled = applied.settled()
  const large = insertAccounts(applied, account('large', 1, { note: { text: 'x'.repeat(200_000) } }))
  const full = /database or disk is full/
  await Promise.all([assert.rejects(large, full), assert.rejects(waiting, full), assert.rejects(settled, full)])
  assert.match(String(lost), full)
  assert.equal(onDisk(), 1)
  await database.close()
})

test('a read that fails may undo an open transaction: what was built upon is lost, and nothing that follows hides it', async () => {
  const { database, applied, durable, lost, onDisk } = openBoth()
  const waiting = insertAccounts(durable, account('not told yet', 1))
  await insertAccounts(applied, account('built upon', 1))
  const settled = applied.settled()
  // As SQLite does where a read finds the disk full.
  const reading = applied.read.query('ROLLBACK', [])
  const following = reading.then(() => insertAccounts(applied, account('following', 1)))
  const undone = /all of the transaction is undone/
  await Promise.all([assert.rejects(waiting, undone), assert.rejects(following, undone), assert.rejects(settled, undone)])
  assert.match(String(lost), undone)
  assert.equal(onDisk(), 0)
  await database.close()
})

test('a snapshot sees only what is on disk', async () => {
  const { database, applied } = openBoth()
  await insertAccounts(applied, account('a', 1))
  const rows = await applied.snapshot((read) => read.get(accounts, ['a']))
  assert.deepEqual([...rows.keys()], ['a'])
  await database.close()
})

/** A file whose disk takes what is written when it is let, or fails to. */
function openOnDisk() {
  const file = join(folder, `${++files}.db`)
  const lost: unknown[] = []
  const syncs: PromiseWithResolvers<void>[] = []
  const database = openSqliteDatabase({
    file,
    clock: systemClock(),
    onLost: (error) => lost.push(error),
    openLog: (of) => {
      const sync = (): Promise<void> => {
        const asked = Promise.withResolvers<void>()
        syncs.push(asked)
        return asked.promise
      }
      return { ...openLog(of), sync }
    },
  })
  /** The next sync that was asked for. */
  const nextSync = async (): Promise<PromiseWithResolvers<void>> => {
    for (const giveUpAt = Date.now() + 30_000; ; await new Promise((resolve) => setImmediate(resolve))) {
      const next = syncs.shift()
      if (next !== undefined) return next
      assert.ok(Date.now() < giveUpAt, 'the disk is asked for nothing')
    }
  }
  return { database, lost, syncs, nextSync }
}

test('a slow disk: nobody is told before it has the log, and what comes meanwhile shares the next sync', async () => {
  const { database, syncs, nextSync } = openOnDisk()
  const store = database.openStore('durable', [conformanceSchema])
  const told: string[] = []
  const first = insertAccounts(store, account('first', 1)).then(() => told.push('first'))
  const disk = await nextSync()
  const others = ['second', 'third'].map((name) => insertAccounts(store, account(name, 1)).then(() => told.push(name)))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([told, syncs.length], [[], 0])
  disk.resolve()
  await first
  assert.deepEqual(told, ['first'])
  const again = await nextSync()
  again.resolve()
  await Promise.all(others)
  assert.deepEqual([told, syncs.length], [['first', 'second', 'third'], 0])
  await database.close()
})

test('a disk that fails while it takes the log leaves the fate unknown, and ends everything', async () => {
  const { database, lost, nextSync } = openOnDisk()
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const durable = database.openStore('durable', [conformanceSchema])
  const waiting = insertAccounts(durable, account('a', 1))
  await insertAccounts(applied, account('b', 1))
  const settled = applied.settled()
  const disk = await nextSync()
  disk.reject(new Error('EIO'))
  await Promise.all([assert.rejects(waiting, { name: 'CommitUnknown' }), assert.rejects(settled, { name: 'CommitUnknown' })])
  assert.equal(lost.length, 1)
  await database.close()
})

test('a snapshot is of the moment at which it was handed out, however late it is read', async () => {
  const { database, nextSync } = openOnDisk()
  const store = database.openStore('applied', [conformanceSchema], 'applied')
  const late = Promise.withResolvers<void>()
  const reading = store.snapshot(async (read) => {
    await late.promise
    return read.get(accounts, ['a'])
  })
  await insertAccounts(store, account('a', 1))
  const disk = await nextSync()
  late.resolve()
  assert.equal((await reading).size, 0)
  disk.resolve()
  await database.close()
})

test('a group that fails as a whole settles nothing that the disk is still taking', async () => {
  const { database, nextSync } = openOnDisk()
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const durable = database.openStore('durable', [conformanceSchema])
  const limiting = applied.transact(async (tx) => tx.execute('PRAGMA max_page_count = 20', []))
  ;(await nextSync()).resolve()
  await limiting
  await applied.settled()
  await insertAccounts(applied, account('told', 1))
  const disk = await nextSync()
  await assert.rejects(insertAccounts(applied, account('large', 1, { note: { text: 'x'.repeat(200_000) } })), /full/)
  const ended: string[] = []
  const waiting = [
    applied.settled().then(() => ended.push('settled')),
    amountsIn(durable).then(() => ended.push('read')),
    durable.snapshot((read) => read.get(accounts, ['told'])).then(() => ended.push('snapshot')),
  ]
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(ended, [])
  disk.resolve()
  await Promise.all(waiting)
  assert.deepEqual(new Set(ended), new Set(['settled', 'read', 'snapshot']))
  await database.close()
})

for (const which of ['before', 'behind']) {
  test(`a disk that failed once is believed nothing more: who asks ${which} its failure, hears of it`, async () => {
    const { database, lost, syncs, nextSync } = openOnDisk()
    const applied = database.openStore('applied', [conformanceSchema], 'applied')
    const durable = database.openStore('durable', [conformanceSchema])
    await insertAccounts(applied, account('a', 1))
    const disk = await nextSync()
    const ask = () =>
      Promise.allSettled([insertAccounts(durable, account('b', 1)), insertAccounts(applied, account('c', 1)), applied.settled(), amountsIn(durable)])
    const before = which === 'before' ? ask() : undefined
    disk.reject(new Error('EIO'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const answering = setInterval(() => syncs.shift()?.resolve(), 1)
    const fates = await (before ?? ask())
    clearInterval(answering)
    assert.deepEqual(
      fates.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected', 'rejected'],
    )
    assert.equal(lost.length, 1)
    await database.close()
  })
}

test('readers of what is on disk are answered while writing never ends', async () => {
  const slowly = (file: string): Log => ({ ...openLog(file), sync: () => new Promise((resolve) => setTimeout(resolve, 10)) })
  const database = openSqliteDatabase({ file: join(folder, `${++files}.db`), clock: systemClock(), openLog: slowly })
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const durable = database.openStore('durable', [conformanceSchema])
  await insertAccounts(applied, account('a', 0))
  const writing: Promise<void>[] = []
  const load = setInterval(() => writing.push(addTo(applied, 'a', 1)), 2)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const tooLate = new Promise<'too late'>((resolve) => setTimeout(() => resolve('too late'), 300))
  const read = durable.read.get(accounts, ['a']).then((rows) => rows.size)
  const snapshot = durable.snapshot((of) => of.get(accounts, ['a'])).then((rows) => rows.size)
  const answers = await Promise.all([Promise.race([read, tooLate]), Promise.race([snapshot, tooLate])])
  clearInterval(load)
  await Promise.all(writing)
  assert.deepEqual(answers, [1, 1])
  await database.close()
})
