import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../time/index.ts'
import { account, accounts as accountTable, amountsIn, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { startCheckpoints } from './checkpoints.ts'
import { openLog } from './log.ts'
import { openSqliteDatabase, openSqliteStore } from './store.ts'

test('under writing that never ends the log is copied, and begun anew instead of growing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-checkpoints-'))
  const file = join(folder, 'store.db')
  const store = openSqliteStore({ name: 'conformance', file, schemas: [conformanceSchema], clock: systemClock() })
  const megabyte = 1024 * 1024
  const text = 'x'.repeat(megabyte)
  let written = 0
  // Each of these is a megabyte of log, over rows that are the same again: four times what a long log is.
  while (written < 256) {
    await store.transact(async (tx) => {
      tx.remove(accountTable, ['a'])
      tx.insert(accountTable, [account('a', ++written, { note: { text } })])
    })
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.deepEqual(await amountsIn(store), { a: 256 })
  assert.ok(statSync(`${file}-wal`).size < 200 * megabyte, `the log has ${statSync(`${file}-wal`).size} bytes`)
  await insertAccounts(store, account('b', 1))
  await store.close()
  rmSync(folder, { recursive: true })
})

for (const isTaken of [true, false]) {
  test(`the log is begun anew once the disk has what was copied from it${isTaken ? '' : '; a disk that fails to take it ends everything'}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'suanpan-checkpoints-'))
    const file = join(folder, 'store.db')
    const asked = Promise.withResolvers<void>()
    const disk = Promise.withResolvers<void>()
    const syncCopied = (): Promise<void> => {
      asked.resolve()
      return disk.promise
    }
    const lost: unknown[] = []
    const database = openSqliteDatabase({
      file,
      clock: systemClock(),
      onLost: (error) => lost.push(error),
      openLog: (of) => ({ ...openLog(of), syncCopied }),
    })
    const store = database.openStore('conformance', [conformanceSchema])
    const text = 'x'.repeat(1024 * 1024)
    let written = 0
    let isAsked = false
    void asked.promise.then(() => (isAsked = true))
    const write = (): Promise<void> =>
      store.transact(async (tx) => {
        tx.remove(accountTable, ['a'])
        tx.insert(accountTable, [account('a', ++written, { note: { text } })])
      })
    let last = write()
    while (!isAsked) {
      await Promise.race([last, asked.promise])
      if (!isAsked) last = write()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const before = written
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(written, before, 'nobody writes while the disk takes the copy')
    if (isTaken) disk.resolve()
    else disk.reject(new Error('EIO'))
    await (isTaken ? last : assert.rejects(last, /EIO/))
    assert.deepEqual([written, lost.length], isTaken ? [before + 1, 0] : [before, 1])
    await database.close()
    rmSync(folder, { recursive: true })
  })
}

test('a long log is left to the writer once, with next to nothing of it to copy', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-checkpoints-'))
  const file = join(folder, 'store.db')
  const writer = new DatabaseSync(file)
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; CREATE TABLE text (id INTEGER PRIMARY KEY, body TEXT)')
  const write = writer.prepare('INSERT OR REPLACE INTO text VALUES (1, ?)')
  for (let written = 0; written < 66; written++) write.run('x'.repeat(1024 * 1024))
  const checkpoints = startCheckpoints(file, () => statSync(`${file}-wal`).size, systemClock())
  assert.equal(checkpoints.takeTurn(), false)
  checkpoints.committed()
  while (!checkpoints.takeTurn()) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(checkpoints.takeTurn(), false)
  write.run('newest')
  const { log } = writer.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number }
  assert.ok(log < 100, `${log} frames were left`)
  await checkpoints.stop()
  writer.close()
  rmSync(folder, { recursive: true })
})
