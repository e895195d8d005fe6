import assert from 'node:assert/strict'
import fs, { mkdtempSync, rmSync, statSync, type NoParamCallback } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { systemClock } from '../../time/index.ts'
import { account, conformanceSchema, insertAccounts } from '../testing/conformance/index.ts'
import { openLog } from './log.ts'
import { openSqliteDatabase } from './store.ts'

/** A sync that the system was asked for, and has not carried out yet. */
interface AskedSync {
  readonly inode: number
  readonly answer: NoParamCallback
}

// A process that is killed leaves its pages to the system: only the call itself shows that they would outlive a power failure.
const folder = mkdtempSync(join(tmpdir(), 'suanpan-log-'))
const file = join(folder, 'store.db')
const { fdatasync } = fs
let asked: AskedSync[] = []

beforeEach(() => {
  asked = []
  const held = (descriptor: number, answer: NoParamCallback): void => void asked.push({ inode: fs.fstatSync(descriptor).ino, answer })
  fs.fdatasync = held as typeof fdatasync
  syncBuiltinESMExports()
})
afterEach(() => {
  fs.fdatasync = fdatasync
  syncBuiltinESMExports()
})
after(() => rmSync(folder, { recursive: true }))

/** Waits until the system has been asked for one sync, of this file, sees that nobody is told before its answer, and gives that. */
async function assertWaitsForSync(of: string, work: Promise<unknown>, error: Error | null = null): Promise<void> {
  let isTold = false
  const told = (): void => {
    isTold = true
  }
  work.then(told, told)
  while (asked.length === 0 && !isTold) await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([asked.map(({ inode }) => inode), isTold], [[statSync(of).ino], false])
  for (const { answer } of asked.splice(0)) answer(error)
  if (error === null) await work
  else await assert.rejects(work, (thrown: Error) => thrown === error || thrown.cause === error)
}

test('a transaction is told, and `settled` resolves, once the system has synced the log: not before, and not if it failed', async () => {
  const database = openSqliteDatabase({ file, clock: systemClock() })
  const durable = database.openStore('durable', [conformanceSchema])
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const log = `${file}-wal`
  await assertWaitsForSync(log, insertAccounts(durable, account('a', 1)))
  await insertAccounts(applied, account('b', 1))
  await assertWaitsForSync(log, applied.settled())
  await insertAccounts(applied, account('c', 1))
  await assertWaitsForSync(log, database.settled())
  await assertWaitsForSync(log, insertAccounts(durable, account('d', 1)), new Error('EIO'))
  await database.close()
})

test('what was copied counts once the system has synced the database file', async () => {
  const database = openSqliteDatabase({ file, clock: systemClock() })
  database.openStore('durable', [conformanceSchema])
  const log = openLog(file)
  await assertWaitsForSync(file, log.syncCopied())
  await assertWaitsForSync(file, log.syncCopied(), new Error('EIO'))
  await database.close()
  log.close()
})
