import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSqliteDatabase, type Reader, type Store } from '@suanpan/runtime/store'
import { conformanceSchema } from '@suanpan/runtime/store/testing'
import { rollFrom } from './random.ts'
import { createScheduler } from './scheduler.ts'

const folder = mkdtempSync(join(tmpdir(), 'suanpan-synced-'))
after(() => rmSync(folder, { recursive: true }))

/** How long transactions and readers come, and how long the last may take. */
const busyMs = 120
const quietMs = 5_000

/** With the large row that is written now and then, more than the file may have. */
const maxPages = 40
const large = new Uint8Array(300_000)

/** A reader waits for the disk's work of the moment, and for what it may have been told of beside it. */
const maxSyncs = 2

interface Day {
  readonly faults: string[]
  readonly marks: Set<string>
}

/** One file that is written and read all the time, on a disk that takes its time, or fails. Everything in virtual time. */
async function liveThrough(seed: number): Promise<Day> {
  const dice = rollFrom(seed)
  const scheduler = createScheduler(dice, 0)
  const clock = scheduler.clockFor(() => true)
  const file = join(folder, `${seed}.db`)
  const slowestMs = dice.pick([1, 5, 20])
  const failing = dice.pick([0, 0, 0.1])
  const committed = new DatabaseSync(file)
  const onDisk = new Set<string>()
  const told = new Set<string>()
  const day: Day = { faults: [], marks: new Set() }
  let syncs = 0
  let hasFailed = false
  const database = openSqliteDatabase({
    file,
    clock,
    onLost: () => day.marks.add('lost'),
    openLog: () => ({
      sync: async () => {
        const names = committed.prepare('SELECT attachment_id AS name FROM attachment').all()
        await clock.sleep(dice.integer(0, slowestMs))
        syncs++
        hasFailed ||= dice.chance(failing)
        // A system that failed to write a page once may say ever after that it has: it has not.
        if (hasFailed && day.marks.has('failed')) return
        day.marks.add(hasFailed ? 'failed' : 'synced')
        if (hasFailed) throw new Error('EIO')
        for (const { name } of names) onDisk.add(name as string)
      },
      syncCopied: () => Promise.resolve(),
      bytes: () => 0,
      close: () => {},
    }),
  })
  const applied = database.openStore('applied', [conformanceSchema], 'applied')
  const durable = database.openStore('durable', [conformanceSchema])

  const insert = (store: Store, name: string, body = new Uint8Array(1)): Promise<void> =>
    store.transact(async (tx) => tx.execute('INSERT INTO attachment VALUES ($1, $2)', [name, body]))
  const requireOnDisk = (names: Iterable<string>, what: string): void => {
    for (const name of names) if (!onDisk.has(name)) day.faults.push(`${what}: ${name} is not on disk`)
  }

  async function look(what: string, read: (query: (of: Reader) => Promise<string[]>) => Promise<string[]>): Promise<void> {
    const [before, syncsBefore] = [[...told], syncs]
    const seen = await read(async (of) => (await of.query('SELECT attachment_id FROM attachment', [])).map((row) => row['attachment_id'] as string))
    requireOnDisk(seen, what)
    for (const name of before) if (!seen.includes(name)) day.faults.push(`${what}: ${name} was told, and is not seen`)
    if (syncs - syncsBefore > maxSyncs) day.faults.push(`${what}: has waited for ${syncs - syncsBefore} syncs`)
    day.marks.add(what)
  }

  async function settle(): Promise<void> {
    const before = [...told]
    await database.settled()
    requireOnDisk(before, 'settled')
    day.marks.add('settled')
  }

  const deeds: readonly ((name: string) => Promise<void>)[] = [
    async (name) => {
      await insert(applied, name)
      told.add(name)
      if (dice.chance(0.5)) await settle()
    },
    async (name) => {
      await insert(durable, name)
      requireOnDisk([name], 'told by a durable store')
    },
    () => look('read', (query) => query(durable.read)),
    () => look('snapshot', (query) => durable.snapshot(query)),
    async (name) => {
      await insert(dice.pick([applied, durable]), name, large)
      day.faults.push('a file has more pages than it may')
    },
  ]
  const often = [0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4, 4].map((index) => deeds[index] as (name: string) => Promise<void>)
  let underWay = 0
  const limiting = applied.transact(async (tx) => tx.execute(`PRAGMA max_page_count = ${maxPages}`, [])).catch(() => {})
  await scheduler.runUntil(quietMs)
  await limiting
  for (let atMs = 0; atMs < busyMs; atMs += dice.integer(0, 3)) {
    clock.after(atMs, () => {
      underWay++
      const refused = (): void => void day.marks.add('refused')
      void dice
        .pick(often)(`row ${atMs} ${underWay} ${scheduler.steps}`)
        .catch(refused)
        .then(() => underWay--)
    })
  }
  await scheduler.runUntil(scheduler.now() + busyMs + quietMs)
  if (underWay > 0) day.faults.push(`${underWay} were never answered`)
  const closing = database.close()
  await scheduler.runUntil(scheduler.now() + quietMs)
  await closing
  committed.close()
  return day
}

test('whatever was told outside of the process was on disk, and readers wait for two syncs at most', async () => {
  const marks = new Set<string>()
  for (let seed = 1; seed <= 100; seed++) {
    const day = await liveThrough(seed)
    assert.deepEqual(day.faults, [], `seed ${seed}`)
    for (const mark of day.marks) marks.add(mark)
  }
  assert.deepEqual([...marks].toSorted(), ['failed', 'lost', 'read', 'refused', 'settled', 'snapshot', 'synced'])
})
