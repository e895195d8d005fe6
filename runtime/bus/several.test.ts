import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { conformanceSchema } from '../store/testing/conformance/index.ts'
import type { Store } from '../store/index.ts'
import { usePostgres } from '../store/testing/index.ts'
import { countedMarks, type CountedMarks } from '../telemetry/index.ts'
import { systemClock, type Clock } from '../time/index.ts'
import type { Bus, DeliveredMessage, Verdict } from './port.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { cursors, dead, retries } from './tables.ts'
import { aWhile, letter, mailbox, publish, publisher, until } from './testing/conformance/index.ts'

const shortLeaseMs = 300
/** Nobody is so slow that it runs out in a test. */
const longLeaseMs = 30_000

interface Process {
  readonly bus: Bus
  readonly store: Store
  readonly marks: CountedMarks
}

describe('several processes on one bus in PostgreSQL', () => {
  const processes: Process[] = []
  // Before the stores that they work on are closed.
  after(() => Promise.all(processes.map(({ bus }) => bus.stop())))
  const postgres = usePostgres()

  async function start(connectionString: string, leaseMs: number, clock: Clock = systemClock()): Promise<Process> {
    const store = await postgres.open(connectionString, { name: publisher, schemas: [conformanceSchema, busSchema] })
    const marks = countedMarks()
    const owner = `process ${processes.length}`
    const bus = createStoreBus({ stores: [store], clock, marks, owner, leaseMs, pollEveryMs: 10, retryDelaysMs: [10], retainMs: 60_000, onError: () => {} })
    const started = { bus, store, marks }
    processes.push(started)
    return started
  }

  test('one at a time reads for a group, whoever publishes; nothing is lost and nothing comes twice', async () => {
    const database = await postgres.database()
    const both = [await start(database, longLeaseMs), await start(database, longLeaseMs)]
    const boxes = both.map(({ bus }) => {
      const box = mailbox('reader', undefined, 10)
      bus.subscribe(box.subscription)
      return box
    })
    await Promise.all(both.map(({ bus }) => bus.start()))
    const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`)
    await Promise.all(keys.map((key, index) => both.slice(index % 2, (index % 2) + 1).map(({ bus, store }) => publish(bus, store, letter(key)))).flat())
    const got = () => boxes.flatMap((box) => box.got)
    await until('all are there', () => got().length >= keys.length)
    await aWhile()
    assert.deepEqual(got().toSorted(), keys.map((key) => `${key}/1`).toSorted())
  })

  test('one that stops in the middle of a batch is followed by another, and what it says when it wakes up counts no more', async () => {
    const database = await postgres.database()
    const [sleeper, follower] = [await start(database, shortLeaseMs), await start(database, shortLeaseMs)]
    let wake = (): void => {}
    const asleep = new Promise<void>((resolve) => (wake = resolve))
    const late = mailbox('reader', () => ({ kind: 'poison', because: 'I was away' }))
    const other = mailbox('reader')
    sleeper.bus.subscribe({ ...late.subscription, handle: (messages) => asleep.then(() => late.subscription.handle(messages)) })
    follower.bus.subscribe(other.subscription)
    await sleeper.bus.start()
    await publish(sleeper.bus, sleeper.store, letter('a'))
    await until('the first has the lease', async () => (await sleeper.store.read.get(cursors, ['reader~letter.sent'])).size > 0)
    await follower.bus.start()
    await until('the other one has followed', () => other.got.length > 0)
    await publish(follower.bus, follower.store, letter('b'))
    await until('it goes on', () => other.got.includes('b/1'))
    wake()
    await until('the first is told so', () => (sleeper.marks.counts.get('bus.fenced') ?? 0) > 0)
    await aWhile()
    assert.deepEqual([other.got, late.got], [['a/1', 'b/1'], ['a/1']])
    assert.deepEqual(await follower.bus.deadLetters({ limit: 1, after: '' }), [])
  })

  test('a message whose transaction began first and committed last is not stepped over', async () => {
    const { bus, store } = await start(await postgres.database(), longLeaseMs)
    const box = mailbox('reader')
    bus.subscribe(box.subscription)
    await bus.start()
    let [begin, commit] = [(): void => {}, (): void => {}]
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const held = new Promise<void>((resolve) => (commit = resolve))
    const said = letter('slow')
    const slow = bus.publishIff(store, [said], async (tx) => {
      // Has its transaction number from here on.
      await tx.query('SELECT pg_current_xact_id()::text AS id', [])
      begin()
      await held
      return { result: undefined, accepted: [said] }
    })
    await begun
    await publish(bus, store, letter('quick'))
    await aWhile()
    commit()
    await slow
    await until('both are there', () => box.got.length === 2)
    assert.deepEqual(box.got, ['slow/1', 'quick/1'])
  })

  test('a database that was restored on another server loses no message, old or new', async () => {
    const database = await postgres.database()
    const old = await start(database, longLeaseMs)
    const answer = ({ key, attempt }: DeliveredMessage): Verdict => {
      if (key === 'e' && attempt === 1) return { kind: 'retry', because: 'not yet' }
      return key === 'd' || key === 'e' ? { kind: 'poison', because: 'cannot be read' } : { kind: 'done' }
    }
    const deadKeys = async ({ bus }: Process): Promise<readonly string[]> => (await bus.deadLetters({ limit: 9, after: '' })).map(({ key }) => key)
    const first = mailbox('reader', answer)
    old.bus.subscribe(first.subscription)
    await old.bus.start()
    await publish(old.bus, old.store, letter('a'), letter('b'))
    await old.store.read.query("SELECT nextval('bus_message_sequence_seq')", [])
    await publish(old.bus, old.store, letter('d'), letter('e'))
    await until('all are handled', async () => first.got.length === 5 && (await deadKeys(old)).length === 2)
    await old.bus.stop()
    await publish(old.bus, old.store, letter('c'))
    await old.store.transact(async (tx) => {
      // It began before `d` and `e`, and committed after them. So they come once more, though one is dead and one is tried again.
      tx.execute("UPDATE bus_message SET sequence = 3 WHERE message_id = 'c:sent'", [])
      const [cursorId, messageId] = ['reader~letter.sent', 'e:sent']
      const retryId = `${cursorId}~${messageId}`
      tx.remove(dead, [retryId])
      tx.insert(retries, [{ retryId, cursorId, messageId, attempts: 0, nextAttemptAt: 0, because: 'not yet' }])
    })
    // As a dump brings them along from a server that has seen more transactions.
    for (const table of ['bus_message', 'bus_cursor']) {
      await old.store.transact(async (tx) => tx.execute(`UPDATE ${table} SET transaction_id = transaction_id + 1000000000`, []))
    }
    const both = [await start(database, shortLeaseMs), await start(database, shortLeaseMs)]
    const box = mailbox('reader', answer)
    for (const { bus } of both) bus.subscribe(box.subscription)
    await Promise.all(both.map(({ bus }) => bus.start()))
    await Promise.all(both.map(({ bus, store }, index) => publish(bus, store, letter(`new-${index}`))))
    await until('what was left and what is new has come', () => ['c/1', 'new-0/1', 'new-1/1'].every((delivery) => box.got.includes(delivery)))
    assert.equal(both.filter(({ marks }) => marks.counts.has('bus.moved')).length, 1)
    assert.equal(box.got.filter((delivery) => /^[ab]/.test(delivery)).length, 0)
    await until('what was dead, or about to be, is so again', async () => (await deadKeys(both[0] as Process)).join() === 'd,e')
    assert.equal(await both[0]?.bus.backlog('reader'), 0)
  })

  test('a lease of a clock that was an hour ahead is taken over', async () => {
    const database = await postgres.database()
    const ahead = await start(database, longLeaseMs, { ...systemClock(), now: () => Date.now() + 3_600_000 })
    const first = mailbox('reader')
    ahead.bus.subscribe(first.subscription)
    await ahead.bus.start()
    await publish(ahead.bus, ahead.store, letter('a'))
    await until('it reads', () => first.got.length === 1)
    await ahead.bus.stop()
    const { bus, store } = await start(database, longLeaseMs)
    const second = mailbox('reader')
    bus.subscribe(second.subscription)
    await bus.start()
    await publish(bus, store, letter('b'))
    await until('another one reads on', () => second.got.length > 0)
    assert.deepEqual(second.got, ['b/1'])
  })
})
