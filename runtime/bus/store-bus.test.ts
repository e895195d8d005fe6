import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSqliteDatabase } from '../store/sqlite/store.ts'
import { describeOnEveryEngine } from '../store/testing/index.ts'
import { conformanceSchema } from '../store/testing/conformance/index.ts'
import type { Store } from '../store/index.ts'
import { noMarks } from '../telemetry/index.ts'
import { systemClock, type Clock } from '../time/index.ts'
import type { Bus } from './port.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { cursors } from './tables.ts'
import { aWhile, busConformance, letter, mailbox, publish, publisher, retryDelaysMs, until } from './testing/conformance/index.ts'

function busOn(store: Store, clock: Clock = systemClock()): Bus {
  return createStoreBus({
    stores: [store],
    clock,
    marks: noMarks,
    owner: 'the only one',
    leaseMs: 5_000,
    pollEveryMs: 10,
    retryDelaysMs,
    retainMs: 60_000,
    onError: () => {},
  })
}

describeOnEveryEngine({ name: publisher, schemas: [conformanceSchema, busSchema] }, (open) => {
  const buses: Bus[] = []
  after(() => Promise.all(buses.map((bus) => bus.stop())))

  busConformance(async () => {
    const store = await open()
    const opened = (): Bus => {
      const bus = busOn(store)
      buses.push(bus)
      return bus
    }
    return { bus: opened(), store, reopen: async () => opened() }
  })

  test('a clock that is put back an hour holds no new retry up', async () => {
    let aheadMs = 3_600_000
    const store = await open()
    const bus = busOn(store, { ...systemClock(), now: () => Date.now() + aheadMs })
    buses.push(bus)
    const box = mailbox('reader', ({ attempt }) => (attempt === 1 ? { kind: 'retry', because: 'not yet' } : { kind: 'done' }))
    bus.subscribe(box.subscription)
    await bus.start()
    await publish(bus, store, letter('before'))
    await until('a retry was looked for', () => box.got.includes('before/2'))
    aheadMs = 0
    await publish(bus, store, letter('after'))
    await until('the next one is, too', () => box.got.includes('after/2'), 3_000)
    assert.deepEqual(box.got, ['before/1', 'before/2', 'after/1', 'after/2'])
  })
})

test('a handler hears of a message once that is on disk, though its store goes on before', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-bus-'))
  const disk = Promise.withResolvers<void>()
  const log = { sync: () => disk.promise, syncCopied: () => Promise.resolve(), bytes: () => 0, close: () => {} }
  const database = openSqliteDatabase({ file: join(folder, 'slow.db'), clock: systemClock(), openLog: () => log })
  const store = database.openStore(publisher, [conformanceSchema, busSchema], 'applied')
  const bus = busOn(store)
  context.after(async () => {
    disk.resolve()
    await bus.stop()
    await database.close()
    rmSync(folder, { recursive: true })
  })
  const box = mailbox('reader')
  bus.subscribe(box.subscription)
  await bus.start()
  await publish(bus, store, letter('a'))
  await until('it is read', async () => (await store.read.get(cursors, ['reader~letter.sent'])).size > 0)
  await aWhile()
  assert.deepEqual(box.got, [])
  disk.resolve()
  await until('it is handled', () => box.got.length > 0)
})
