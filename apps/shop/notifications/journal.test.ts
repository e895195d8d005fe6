import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Channel, type Notification } from '@suanpan/contracts/payment'
import { createIds } from '@suanpan/runtime/ids'
import type { Reply } from '@suanpan/runtime/rpc'
import { openSqliteDatabase, type Store } from '@suanpan/runtime/store'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock, type ManualClock } from '@suanpan/runtime/time'
import { createNotificationJournal, notificationJournalSchema } from './journal.ts'

const engine = { name: 'notifications', schemas: [notificationJournalSchema] }
const folder = mkdtempSync(join(tmpdir(), 'suanpan-journal-'))
after(() => rmSync(folder, { recursive: true }))

const taken: Reply<object> = { kind: 'answered', response: {} }
const silent: Reply<object> = { kind: 'unknown', because: 'deadline' }
const refused: Reply<object> = { kind: 'unknown', because: 'failed' }
const within = { deadlineAt: 0 }

function notification(notificationId: string): Notification {
  return { channel: Channel.ALIPAY, notificationId, paymentId: `pay_${notificationId}`, trade: undefined, refund: undefined }
}

/** A journal on this store, before a payment service that answers as it is told to. */
function journalOn(store: Store, answer: (ids: readonly string[]) => Reply<object> | Promise<Reply<object>> = () => taken) {
  const clock = manualClock()
  const calls: string[] = []
  const payment = {
    receiveNotifications: async ({ notifications }: { readonly notifications: readonly Notification[] }) => {
      const ids = notifications.map(({ notificationId }) => notificationId)
      calls.push(ids.join())
      return answer(ids)
    },
  }
  const journal = createNotificationJournal({ store, payment, clock, ids: createIds({ clock, random: () => 0.5 }), log: silentLog })
  return {
    ...journal,
    clock,
    calls,
    receive: async (...ids: readonly string[]) => (await journal.receiveNotifications({ notifications: ids.map(notification) }, within)).kind,
  }
}

const keptIn = async (store: Store) => (await store.read.query('SELECT COUNT(*) AS many FROM notifications_kept', []))[0]?.['many']

/** The journal's time passes on the way, the store's is the machine's. */
async function until(clock: ManualClock, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; !(await isSo()); await clock.advance(10)) assert.ok(Date.now() < giveUpAt, isSo.toString())
}

test('answered once it is on disk, whatever the payment service does; handed over, and forgotten', async () => {
  const disk = Promise.withResolvers<void>()
  const log = { sync: () => disk.promise, syncCopied: () => Promise.resolve(), bytes: () => 0, close: () => {} }
  const database = openSqliteDatabase({ file: join(folder, 'slow.db'), clock: systemClock(), openLog: () => log })
  const store = database.openStore(engine.name, engine.schemas)
  const payment = Promise.withResolvers<Reply<object>>()
  const journal = journalOn(store, () => payment.promise)
  let answer = ''
  const receiving = journal.receive('one', 'two').then((kind) => (answer = kind))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual([answer, journal.calls], ['', []])
  disk.resolve()
  await receiving
  assert.equal(answer, 'answered')
  await until(journal.clock, () => journal.calls.length === 1)
  assert.equal(await keptIn(store), 1)
  payment.resolve(taken)
  await until(journal.clock, async () => (await keptIn(store)) === 0)
  assert.deepEqual(journal.calls, ['one,two'])
  await database.close()
})

test('a disk that fails: not answered as kept', async () => {
  const log = { sync: () => Promise.reject(new Error('no space')), syncCopied: () => Promise.resolve(), bytes: () => 0, close: () => {} }
  const database = openSqliteDatabase({ file: join(folder, 'failing.db'), clock: systemClock(), openLog: () => log })
  const journal = journalOn(database.openStore(engine.name, engine.schemas))
  assert.equal(await journal.receive('one'), 'unknown')
  assert.deepEqual(journal.calls, [])
  await database.close()
})

test('what comes while a batch is handed over, and shortly after, goes together', async () => {
  const store = openMemoryStore(engine)
  const journal = journalOn(store)
  await journal.receive('one')
  await until(journal.clock, () => journal.calls.length === 1)
  await journal.receive('two')
  await journal.receive('three', 'four')
  assert.deepEqual(journal.calls, ['one'])
  await until(journal.clock, () => journal.calls.length === 2)
  assert.equal(journal.calls[1], 'two,three,four')
  await journal.stop()
  await store.close()
})

test('what a dead process had promised is handed over at the next start, once more if need be', async () => {
  const store = openMemoryStore(engine)
  const dead = journalOn(store, () => new Promise(() => {}))
  assert.equal(await dead.receive('one'), 'answered')
  assert.equal(await dead.receive('two'), 'answered')
  const next = journalOn(store)
  await next.start()
  await until(next.clock, async () => (await keptIn(store)) === 0)
  assert.deepEqual(next.calls, ['one,two'])
  await store.close()
})

test('a payment service that takes nothing over for a second is down: nothing more is promised, until it is back', async () => {
  const store = openMemoryStore(engine)
  let reply: Reply<object> = silent
  const journal = journalOn(store, () => reply)
  assert.equal(await journal.receive('one'), 'answered')
  await journal.clock.advance(900)
  assert.equal(await journal.receive('two'), 'answered')
  await journal.clock.advance(101)
  assert.equal(await journal.receive('three'), 'not_processed')
  reply = taken
  await until(journal.clock, async () => (await keptIn(store)) === 0)
  assert.equal(await journal.receive('three'), 'answered')
  await until(journal.clock, () => journal.calls.at(-1) === 'three')
  await journal.stop()
  await store.close()
})

test('what an earlier version left and this one cannot read stays, and holds up nothing', async () => {
  const store = openMemoryStore(engine)
  await journalOn(store, () => new Promise(() => {})).receive('odd')
  const journal = journalOn(store, (ids) => (ids.includes('odd') ? refused : taken))
  await journal.start()
  await journal.clock.advance(2_000)
  assert.equal(await journal.receive('good'), 'answered')
  await until(journal.clock, async () => (await keptIn(store)) === 1)
  assert.equal(await journal.receive('another'), 'answered')
  await until(journal.clock, () => journal.calls.includes('another'))
  await journal.stop()
  await store.close()
})

test('one that the payment service fails on, of this process too, holds up nothing', async () => {
  const store = openMemoryStore(engine)
  const journal = journalOn(store, (ids) => (ids.includes('odd') ? refused : taken))
  assert.equal(await journal.receive('odd'), 'answered')
  for (const id of ['two', 'three', 'four']) {
    await journal.clock.advance(60_000)
    assert.equal(await journal.receive(id), 'answered')
    await until(journal.clock, async () => (await keptIn(store)) === 1)
    assert.equal(await journal.receive(`${id}, at once`), 'answered')
    await until(journal.clock, async () => (await keptIn(store)) === 1)
  }
  await store.close()
})

test('one that the payment service fails on holds up nothing that was kept with it', async () => {
  const store = openMemoryStore(engine)
  const journal = journalOn(store, (ids) => (ids.includes('odd') ? refused : taken))
  assert.equal(await journal.receive('good', 'odd', 'better'), 'answered')
  await until(journal.clock, () => journal.calls.includes('good') && journal.calls.includes('better'))
  await until(journal.clock, () => journal.calls.filter((call) => call === 'odd').length > 3)
  const lastWithGood = journal.calls.findLastIndex((call) => call.includes('good'))
  assert.equal(lastWithGood, journal.calls.indexOf('good'), 'what was taken over is not handed over again')
  assert.equal(await keptIn(store), 1)
  await store.close()
})

test('one that the payment service fails on shuts out nothing that comes after a quiet second', async () => {
  const store = openMemoryStore(engine)
  const journal = journalOn(store, (ids) => (ids.includes('odd') ? refused : taken))
  assert.equal(await journal.receive('odd'), 'answered')
  await journal.clock.advance(500)
  assert.equal(await journal.receive('soon after it'), 'answered')
  await until(journal.clock, async () => (await keptIn(store)) === 1)
  await journal.clock.advance(5_000)
  for (const id of ['one', 'two', 'three']) assert.equal(await journal.receive(id), 'answered')
  await until(journal.clock, async () => (await keptIn(store)) === 1)
  await store.close()
})

test('a payment service that fails whatever it gets is asked to take one over a second, until it takes them', async () => {
  const store = openMemoryStore(engine)
  let reply: Reply<object> = refused
  const journal = journalOn(store, () => reply)
  assert.equal(await journal.receive('one'), 'answered')
  for (const id of ['two', 'three']) {
    await journal.clock.advance(1_001)
    assert.equal(await journal.receive(id), 'answered')
    await journal.clock.advance(500)
    assert.equal(await journal.receive(`${id}, and another`), 'not_processed')
  }
  reply = taken
  await until(journal.clock, async () => (await keptIn(store)) === 0)
  for (const id of ['four', 'five']) assert.equal(await journal.receive(id), 'answered')
  await until(journal.clock, async () => (await keptIn(store)) === 0)
  await journal.stop()
  await store.close()
})
