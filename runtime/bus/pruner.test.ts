import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../store/index.ts'
import { describeOnEveryEngine, conformanceSchema } from '../store/testing/index.ts'
import { noMarks } from '../telemetry/index.ts'
import { manualClock, type Clock } from '../time/index.ts'
import { createPruner } from './pruner.ts'
import { busSchema, createStoreBus } from './store-bus.ts'
import { dead, messageRowOf, publishedMessages } from './tables.ts'
import { letter, publish, publisher, until } from './testing/conformance/index.ts'

const retainMs = 60 * 60_000

const onError = ({ error }: { readonly error: unknown }) => assert.fail(String(error))

const busOn = (store: Store, clock: Clock) =>
  createStoreBus({
    stores: [store],
    clock,
    marks: noMarks,
    owner: 'the only one',
    leaseMs: 5_000,
    pollEveryMs: 10,
    retryDelaysMs: [10],
    retainMs,
    onError,
  })

const lettersOf = (name: string, many: number, at: number) => Array.from({ length: many }, (_, index) => ({ ...letter(`${name}-${index}`), at }))
const idsIn = async (store: Store) => (await store.read.query('SELECT message_id FROM bus_message', [])).map((row) => row['message_id'])

describeOnEveryEngine({ name: publisher, schemas: [conformanceSchema, busSchema] }, (open) => {
  test('what is older than the retention goes within a minute, however much it is', async () => {
    const store = await open()
    const clock = manualClock()
    const bus = busOn(store, clock)
    const posted = (name: string, many: number) => Promise.all(lettersOf(name, many, clock.now()).map((each) => publish(bus, store, each)))
    const left = async () => (await idsIn(store)).length
    await posted('old', 2_500)
    await clock.advance(retainMs)
    await posted('young', 10)
    await bus.start()
    await clock.advance(60_000)
    await until('the old ones are gone', async () => (await left()) <= 10)
    assert.equal(await left(), 10)
    await bus.stop()
  })

  test('messages of dead letters stay, and hide no others that are old', async () => {
    const store = await open()
    const clock = manualClock()
    const bus = busOn(store, clock)
    const kept = lettersOf('dead', 1_500, clock.now())
    await store.transact(async (tx) => {
      tx.insert(publishedMessages, [...kept, ...lettersOf('old', 10, clock.now()), ...lettersOf('young', 10, clock.now() + retainMs)].map(messageRowOf))
      const death = { cursorId: 'group~topic', groupName: 'group', attempts: 1, because: 'poison', diedAt: clock.now() }
      tx.insert(
        dead,
        kept.map(({ id, topic, key }) => ({ ...death, deadId: id, messageId: id, topic, key })),
      )
    })
    await clock.advance(retainMs)
    await bus.start()
    await clock.advance(60_000)
    const left = async () => (await idsIn(store)).length
    await until('the old ones are gone', async () => (await left()) < 1_520)
    assert.equal(await left(), 1_510)
    await bus.stop()
  })

  test('however many young ones there are, a page of them is looked at, and nobody has to wait', async () => {
    const whole = await open()
    const clock = manualClock()
    for (let part = 0; part < 10; part++)
      await whole.transact(async (tx) => tx.insert(publishedMessages, lettersOf(`young-${part}`, 2_000, clock.now()).map(messageRowOf)))
    let rows = 0
    let looks = 0
    const watched: Store = {
      ...whole,
      transact: () => assert.fail('a transaction for nothing'),
      read: {
        ...whole.read,
        query: async (sql, parameters) => {
          const found = await whole.read.query(sql, parameters)
          rows += found.length
          looks++
          return found
        },
      },
    }
    const pruner = createPruner({ stores: [watched], clock, retainMs, onError }, [])
    pruner.start()
    await clock.advance(60_000)
    await until('it has looked', () => looks > 0)
    await pruner.stop()
    assert.deepEqual([looks, rows], [1, 1_000])
  })
})
