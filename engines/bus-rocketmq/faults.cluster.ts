import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { batch } from '@suanpan/rocketmq'
import { aWhile, letter, mailbox, publish, until } from '@suanpan/runtime/bus/testing'
import type { Store } from '@suanpan/runtime/store'
import { encodeEnvelope } from './envelope.ts'
import { startCluster, type Cluster, type Installation, type OpenedProcess, type ProcessOptions } from './testing/cluster.ts'

/** Publishers, brokers and stores that go away. What was committed arrives, once in effect; what was not, never does. */
const dyingConsumer = fileURLToPath(new URL('./testing/dying-consumer.ts', import.meta.url))
const dyingPublisher = fileURLToPath(new URL('./testing/dying-publisher.ts', import.meta.url))

/** Longer than the broker takes to ask about a half message: three seconds, and two more for each time after. */
const patienceMs = 60_000

/**
 * A broker tells its name servers of its topics ten seconds after its start, and the proxy remembers for a while what it
 * heard before. A new process can neither publish nor listen until then, in whatever test comes after a restart.
 */
const routedWithinMs = 40_000

/** Our brokers take a silent consumer for gone after thirty seconds, and look each ten. */
const untilGoneMs = 100_000

describe('faults of the bus on RocketMQ', () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(21_020, 12, ['reader'])
  })
  afterEach(() => cluster.stopProcesses())
  after(() => cluster.stop())

  async function published(installation: Installation, key: string, when: 'in_transaction' | 'committed'): Promise<void> {
    const parameters = [cluster.servers.endpoint, installation.prefix, installation.connectionString, key, when]
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', dyingPublisher, ...parameters], { stdio: 'inherit' })
    const [, signal] = (await once(child, 'exit')) as [unknown, string]
    assert.equal(signal, 'SIGKILL')
  }

  async function reading(options?: ProcessOptions, answer?: Parameters<typeof mailbox>[1]) {
    const installation = await cluster.install()
    const opened = await cluster.open(installation, options)
    const box = mailbox('reader', answer)
    opened.bus.subscribe(box.subscription)
    await opened.bus.start()
    return { ...opened, box, installation }
  }

  test('a publisher killed after its commit and before it told the broker: another process is asked, and tells', async () => {
    const { installation, box, marks, store } = await reading()
    await published(installation, 'a', 'committed')
    await until('the message is there', () => box.got.length > 0, patienceMs)
    await aWhile()
    assert.deepEqual(box.got, ['a/1'])
    assert(marks.counts.has('bus.checked_commit'))
    await until('it is noted that the broker was told', async () => (await halves(store)).every(({ told }) => told))
  })

  test('a publisher killed before its commit: nothing is delivered, and its half message can never be used', async () => {
    const { installation, box, marks, store } = await reading({ barAfterMs: 1_000 })
    await published(installation, 'a', 'in_transaction')
    await until('it is barred', () => marks.counts.has('bus.checked_bar'), patienceMs)
    await aWhile()
    assert.deepEqual([box.got, (await halves(store)).map(({ state }) => state)], [[], ['barred']])
  })

  test('asked while the transaction is open, it leaves the answer open; the commit then delivers', async () => {
    const { bus, store, marks, box } = await reading()
    const { letGo, publishing } = await holding(bus, store, 'a')
    await until('the broker has asked', () => marks.counts.has('bus.checked_unknown'), patienceMs)
      .then(() => assert.deepEqual(box.got, []))
      .finally(letGo)
    await publishing
    await until('the message is there', () => box.got.length > 0, patienceMs)
    assert.deepEqual([(await halves(store)).map(({ state }) => state), marks.counts.has('bus.outbox')], [['committed'], false])
  })

  test('a transaction that was barred because it took too long commits all the same, and its messages go by the outbox', async () => {
    const { bus, store, marks, box } = await reading({ barAfterMs: 1_000 })
    const { letGo, publishing } = await holding(bus, store, 'a')
    await until('it is barred', () => marks.counts.has('bus.checked_bar'), patienceMs).finally(letGo)
    await publishing
    await until('the message is there', () => box.got.length > 0, patienceMs)
    await aWhile()
    assert.deepEqual(box.got, ['a/1'])
    assert.deepEqual([(await halves(store)).map(({ state }) => state), marks.counts.get('bus.outbox')], [['barred'], 1])
  })

  test('with the broker away, transactions commit without it and without waiting for it; all is delivered once when it is back', async () => {
    const { bus, store, marks, box } = await reading({ announceWithinMs: 1_000 })
    await publish(bus, store, letter('before'))
    await until('the first is there', () => box.got.length === 1, patienceMs)
    await cluster.servers.kill('broker')
    const keys = Array.from({ length: 20 }, (_, index) => `away-${index}`)
    for (const key of keys) await publish(bus, store, letter(key))
    // The first has waited for it, and then it is known for a while.
    assert((marks.counts.get('bus.not_announced') ?? 0) < keys.length / 2, 'each waited')
    const { outboxMessages, outboxSince } = await bus.figures()
    assert.deepEqual([outboxMessages, outboxSince], [keys.length, letter('any').at])
    assert.equal(await bus.backlog('reader'), keys.length)
    await aWhile()
    await cluster.servers.restart('broker')
    await until('everything is there', () => box.got.length > keys.length, patienceMs)
    await until('the outbox is empty', async () => (await bus.figures()).outboxMessages === 0, patienceMs)
    await until('messages are announced again', async () => {
      const relayedBefore = marks.counts.get('bus.outbox')
      await publish(bus, store, letter(`after-${Date.now()}`))
      return marks.counts.get('bus.outbox') === relayedBefore
    })
    await aWhile()
    const gotAway = box.got.filter((delivery) => delivery.startsWith('away'))
    assert.deepEqual(gotAway.toSorted(), keys.map((key) => `${key}/1`).toSorted())
  })

  test('a process that starts before the name servers know the topics of a broker that has come back: what it publishes is delivered once they do', async () => {
    await cluster.servers.kill('broker')
    await cluster.servers.restart('broker')
    const { bus, store, marks, box } = await reading({ announceWithinMs: 1_000 })
    await publish(bus, store, letter('a'))
    assert.equal(marks.counts.get('bus.not_announced'), 1, 'the name servers knew them already: this test has shown nothing')
    await until('the message is there', () => box.got.length > 0, routedWithinMs)
    await aWhile()
    assert.deepEqual([box.got, marks.counts.get('bus.relayed')], [['a/1'], 1])
  })

  test('a consumer killed over a message: the broker takes it for gone, and delivers to another one', async () => {
    const installation = await cluster.install()
    const parameters = [cluster.servers.endpoint, installation.prefix, installation.connectionString]
    const dying = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', dyingConsumer, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
    const died = once(dying, 'exit')
    await once(dying.stdout, 'data')
    const { bus, store, marks } = await cluster.open(installation)
    await bus.start()
    await publish(bus, store, letter('a'))
    const [, signal] = (await died) as [unknown, string]
    assert.equal(signal, 'SIGKILL')
    await cluster.stopProcesses()
    const other = await cluster.open(installation)
    const box = mailbox('reader')
    other.bus.subscribe(box.subscription)
    await other.bus.start()
    await until('another one has it', () => box.got.length > 0, untilGoneMs)
    assert.deepEqual([box.got, other.marks.counts.has('bus.redelivered'), marks.counts.has('bus.handled')], [['a/1'], true, false])
  })

  test('what the broker delivers twice is handled once', async () => {
    const { bus, store, marks, box, rocketmq, installation } = await reading()
    await publish(bus, store, letter('a'))
    await until('it is there', () => box.got.length > 0, patienceMs)
    // As a check does that crosses the commit.
    const again = await rocketmq.sendHalf(`${installation.prefix}letter_sent`, batch([encodeEnvelope(letter('a')), encodeEnvelope(letter('b'))]), {
      key: 'relay_again',
    })
    await again.commit()
    await until('the other one is there', () => box.got.includes('b/1'), patienceMs)
    assert.deepEqual([box.got, marks.counts.get('bus.duplicate_dropped')], [['a/1', 'b/1'], 1])
  })

  test('with the store away, what is at hand waits for it, and is handled once', async () => {
    const installation = await cluster.install()
    const { bus, store, marks } = await cluster.open(installation)
    const box = mailbox('reader', ({ key, attempt }) => (key === 'b' && attempt === 1 ? { kind: 'retry', because: 'not yet' } : { kind: 'done' }))
    bus.subscribe({
      ...box.subscription,
      handle: async (messages) => {
        if (box.got.length === 0) await cluster.database.crash()
        return box.subscription.handle(messages)
      },
    })
    await bus.start()
    await publish(bus, store, letter('a'), letter('b'))
    await until('what was handled cannot be written down', () => marks.counts.has('bus.store_away'), patienceMs)
    await cluster.database.restart()
    await until('everything is handled', async () => box.got.includes('b/2') && (await bus.backlog('reader')) === 0, patienceMs)
    assert.deepEqual(box.got, ['a/1', 'b/1', 'b/2'])
    assert(!marks.counts.has('bus.redelivered'), 'the broker had to deliver again')
  })

  // The last one: the topics of the others are gone after it.
  test('a broker has lost its disk: what was published is sent again, as the README says, and handled if it was not yet', async () => {
    const installation = await cluster.install()
    const reader = async () => {
      const opened = await cluster.open(installation)
      const box = mailbox('reader')
      opened.bus.subscribe(box.subscription)
      await opened.bus.start()
      return { ...opened, box }
    }
    const first = await reader()
    await publish(first.bus, first.store, letter('handled'))
    await until('the first is handled', () => first.box.got.length === 1, patienceMs)
    await cluster.stopProcesses()
    const publisher = await cluster.open(installation)
    await publisher.bus.start()
    await publish(publisher.bus, publisher.store, letter('lost'))
    await cluster.stopProcesses()
    await cluster.loseDisk(installation)
    const second = await reader()
    await aWhile()
    assert.deepEqual(second.box.got, [])
    await second.store.transact(async (tx) => tx.execute(sendAgain, []))
    await until('the other one is there', () => second.box.got.length > 0, patienceMs)
    await until('the first is dropped', () => second.marks.counts.get('bus.duplicate_dropped') === 1, patienceMs)
    assert.deepEqual(second.box.got, ['lost/1'])
  })
})

/** What the README tells operators to do. */
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
const sendAgain = (/^INSERT INTO message_outbox[^;]*/m.exec(readme)?.[0] ?? assert.fail('the README has lost it')).replace(':since', '0')

interface HalfState {
  readonly state: string
  readonly messages: number
  readonly told: boolean
}

async function halves(store: Store): Promise<HalfState[]> {
  const rows = await store.read.query('SELECT state, messages, told_at FROM message_tx ORDER BY half_id', [])
  return rows.map((row) => ({ state: row['state'] as string, messages: row['messages'] as number, told: row['told_at'] !== null }))
}

/** A transaction that is open until it is let go. */
async function holding(bus: OpenedProcess['bus'], store: Store, key: string) {
  const begun = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const said = letter(key)
  const publishing = bus.publishIff(store, [said], async () => {
    begun.resolve()
    await held.promise
    return { result: undefined, accepted: [said] }
  })
  await begun.promise
  return { letGo: held.resolve, publishing }
}
