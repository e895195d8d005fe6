import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { batch, jsonOf, openRocketMq, RocketMqError, textOf, type Received, type Resolution, type RocketMq, type Verdict } from './index.ts'
import { gather } from './testing/gathering.ts'
import { portsFrom, startServers, type Servers } from './servers/index.ts'

/** What the library promises, against real servers. */
let servers: Servers
let rocketmq: RocketMq

before(async () => {
  servers = await startServers(portsFrom(4_700))
  await servers.create(
    [
      { name: 'plain', type: 'NORMAL' },
      { name: 'failing', type: 'NORMAL' },
      { name: 'ordered', type: 'FIFO' },
      { name: 'timed', type: 'DELAY' },
      { name: 'transactional', type: 'TRANSACTION' },
    ],
    [
      ...['everything', 'tagged', 'selected', 'slow', 'failing', 'other', 'timed', 'settled', 'collecting'].map((name) => ({ name })),
      { name: 'in_order', ordered: true },
      { name: 'failing_dead_letters', retries: 1_000 },
      { name: 'in_order_dead_letters', retries: 1_000 },
      { name: 'settled_dead_letters', retries: 1_000 },
    ],
  )
  rocketmq = openRocketMq({ endpoint: servers.endpoint })
})

after(async () => {
  await rocketmq.close(1_000)
  await servers.stop()
})

const keysOf = (messages: readonly Received[]) => messages.map(({ key }) => key ?? '').toSorted()

describe('messages', () => {
  test('arrive with what they were sent with, also as a batch, each group all of them, or what it filters', async () => {
    const [everything, tagged, selected] = [gather(), gather(), gather()]
    const listeners = [
      rocketmq.listen({ topic: 'plain', group: 'everything', handle: everything.handle }),
      rocketmq.listen({ topic: 'plain', group: 'tagged', filter: { tags: ['red', 'blue'] }, handle: tagged.handle }),
      rocketmq.listen({ topic: 'plain', group: 'selected', filter: { sql: "colour = 'green' AND TAGS IS NOT NULL" }, handle: selected.handle }),
    ]
    await Promise.all(listeners.map(({ ready }) => ready))
    await rocketmq.send('plain', { number: 1 }, { key: 'json' })
    await rocketmq.send('plain:red', 'text', { key: 'text' })
    await rocketmq.send('plain:blue', new Uint8Array([1, 2]), { key: 'bytes', properties: { colour: 'blue' } })
    const { key } = await rocketmq.send('plain:green', batch(['one', { two: 2 }, new Uint8Array([3])]), { properties: { colour: 'green' } })
    const [json, , bytes, many] = (await everything.until(4)).toSorted((a, b) => (a.sentAt ?? 0) - (b.sentAt ?? 0))
    assert.ok(json !== undefined && bytes !== undefined && many !== undefined)
    assert.deepEqual([jsonOf(json.body), json.tag, json.attempt, json.orderedBy], [{ number: 1 }, undefined, 1, undefined])
    assert.deepEqual([[...bytes.body], bytes.tag, bytes.properties.get('colour')], [[1, 2], 'blue', 'blue'])
    assert.deepEqual(many.bodies.map(textOf), ['one', '{"two":2}', '\u0003'])
    assert.deepEqual(keysOf(await tagged.until(2)), ['bytes', 'text'])
    assert.deepEqual(keysOf(await selected.until(1)), [key])
    assert.deepEqual(
      (await rocketmq.health()).parts.filter(({ trouble }) => trouble !== undefined),
      [],
    )
    assert.deepEqual(
      await Promise.all(listeners.map((listener) => listener.stop())),
      listeners.map(() => ({ unfinished: 0 })),
    )
  })

  test('after a delivery the next ones collect, and come together; after a silence nobody waits', async () => {
    const collectMs = 1_500
    const collected = gather()
    const listener = rocketmq.listen({ topic: 'plain', group: 'collecting', filter: { tags: ['collected'] }, collectMs, handle: collected.handle })
    await listener.ready
    const send = (key: string) => rocketmq.send('plain:collected', key, { key })
    await send('first')
    await collected.until(1)
    for (const key of ['second', 'third']) await send(key)
    await collected.until(3)
    const [first = 0, second = 0, third = 0] = collected.times
    assert.ok(second - first >= collectMs - 100, `the second came ${second - first} ms after the first`)
    assert.ok(third - second < second - first, `the third came ${third - second} ms after the second`)
    await listener.stop()
  })

  test('are handled at most so many at a time, and what is not finished when the listener stops comes again', async () => {
    let running = 0
    let most = 0
    const slow = gather(async (): Promise<Verdict> => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 100))
      running--
      return 'done'
    })
    const listener = rocketmq.listen({ topic: 'plain', group: 'slow', concurrency: 3, handle: slow.handle })
    await listener.ready
    await Promise.all(Array.from({ length: 20 }, (_, index) => rocketmq.send('plain', 'slow', { key: `slow-${index}` })))
    await slow.until(20)
    assert.equal(most, 3)
    await listener.stop()

    const stuck = gather(() => new Promise<Verdict>(() => {}))
    const stuckListener = rocketmq.listen({ topic: 'plain', group: 'slow', handle: stuck.handle })
    await stuckListener.ready
    await rocketmq.send('plain', 'stuck', { key: 'stuck' })
    await stuck.until(1)
    assert.deepEqual(await stuckListener.stop(500), { unfinished: 1 })
    const next = gather()
    const nextListener = rocketmq.listen({ topic: 'plain', group: 'slow', handle: next.handle })
    const [again] = await next.until(1, 90_000)
    assert.deepEqual([again?.key, (again?.attempt ?? 0) > 1], ['stuck', true])
    await nextListener.stop()
  })

  test('of a wrong kind, or to an unknown topic, are refused', async () => {
    const refused = (error: unknown) => error instanceof RocketMqError && error.kind === 'refused'
    await assert.rejects(rocketmq.send('ordered', 'plain'), refused)
    await assert.rejects(rocketmq.send('absent', 'plain'), refused)
    await assert.rejects(rocketmq.send('plain', new Uint8Array(1_048_577)), refused)
    await assert.rejects(rocketmq.listen({ topic: 'plain', group: 'everything', ordered: true, handle: gather().handle }).ready, refused)
  })
})

describe('a message that fails', () => {
  test('comes again by the table of delays, then is a dead letter; a poisonous one at once; both can be replayed to the group that gave them up', async () => {
    let isMended = false
    const failing = gather(({ key }) => {
      if (key === 'poison' && !isMended) return 'dead_letter'
      if (!isMended) throw new Error('not yet')
      return 'done'
    })
    const other = gather()
    const listeners = [
      rocketmq.listen({ topic: 'failing', group: 'failing', retryDelaysMs: [1_000, 2_000], handle: failing.handle }),
      rocketmq.listen({ topic: 'failing', group: 'other', handle: other.handle }),
    ]
    await Promise.all(listeners.map(({ ready }) => ready))
    await rocketmq.send('failing:tag', 'body', { key: 'failing', properties: { mine: 'yes' } })
    await rocketmq.send('failing', 'body', { key: 'poison' })
    await failing.until(4)
    const times = failing.messages.flatMap(({ key }, index) => (key === 'failing' ? [failing.times[index] ?? 0] : []))
    assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 900 && (times[2] ?? 0) - (times[1] ?? 0) >= 1_900, times.join())
    assert.deepEqual(
      failing.messages.filter(({ key }) => key === 'failing').map(({ attempt }) => attempt),
      [1, 2, 3],
    )

    const letters = rocketmq.deadLetters({ group: 'failing' })
    const taken = [...(await letters.take(10, 30_000))]
    while (taken.length < 2) taken.push(...(await letters.take(10, 30_000)))
    const letter = taken.find(({ message }) => message.key === 'failing')
    assert.deepEqual(
      [letter?.originTopic, letter?.message.properties.get('mine'), textOf(letter?.message.body ?? new Uint8Array())],
      ['failing', 'yes', 'body'],
    )
    assert.equal(failing.messages.length, 4)
    isMended = true
    await letter?.replay()
    await taken.find(({ message }) => message.key === 'poison')?.discard()
    const replayed = (await failing.until(5))[4]
    assert.deepEqual([replayed?.key, replayed?.tag, replayed?.attempt, replayed?.properties.get('mine')], ['failing', 'tag', 1, 'yes'])
    assert.deepEqual(keysOf(other.messages), ['failing', 'poison'])
    assert.deepEqual(await letters.take(), [])
    await Promise.all(listeners.map((listener) => listener.stop()))
    assert.equal(failing.messages.length, 5)
  })

  test('in an ordered group holds up those of its order, keeps its place, and is a dead letter in the end', async () => {
    const inOrder = gather(({ key }) => {
      if (key === 'a1') throw new Error('never')
      return 'done'
    })
    const listener = rocketmq.listen({ topic: 'ordered', group: 'in_order', ordered: true, retryDelaysMs: [300, 300], handle: inOrder.handle })
    await listener.ready
    for (const key of ['a0', 'a1', 'a2', 'b0', 'b1']) await rocketmq.sendOrdered('ordered', key, key.slice(0, 1), { key })
    const messages = await inOrder.until(7)
    assert.deepEqual(
      messages.filter(({ orderedBy }) => orderedBy === 'a').map(({ key }) => key),
      ['a0', 'a1', 'a1', 'a1', 'a2'],
    )
    assert.deepEqual(
      messages.filter(({ orderedBy }) => orderedBy === 'b').map(({ key }) => key),
      ['b0', 'b1'],
    )
    const letters = rocketmq.deadLetters({ group: 'in_order' })
    const [letter] = await letters.take(10, 30_000)
    assert.deepEqual([letter?.message.key, letter?.originTopic], ['a1', 'ordered'])
    await letter?.discard()
    await listener.stop()
  })
})

describe('timed messages', () => {
  test('come when they are due, and not if they are recalled', async () => {
    const timed = gather()
    const listener = rocketmq.listen({ topic: 'timed', group: 'timed', handle: timed.handle })
    await listener.ready
    const sentAt = Date.now()
    const recalled = await rocketmq.sendDelayed('timed', 'never', 4_000, { key: 'recalled' })
    const later = await rocketmq.sendAt('timed', 'later', sentAt + 3_000, { key: 'later' })
    assert.equal(await rocketmq.recall('timed', recalled.recallHandle), 'recalled')
    await timed.until(1)
    assert.ok((timed.times[0] ?? 0) - sentAt >= 2_900)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    assert.deepEqual(keysOf(timed.messages), ['later'])
    assert.equal(await rocketmq.recall('timed', later.recallHandle), 'too_late')
    await assert.rejects(rocketmq.recall('timed', 'no handle'), { kind: 'refused' })
    await listener.stop()
  })
})

describe('transactions', () => {
  test('deliver what was committed, by the producer or by the checker, and nothing else', async () => {
    const asked: string[] = []
    const answers: Record<string, Resolution[]> = { late: ['unknown', 'commit'], undone: ['rollback'], thrown: ['commit'] }
    rocketmq.checkTransactions('transactional', async ({ key = '' }) => {
      asked.push(key)
      return answers[key]?.shift() ?? 'unknown'
    })
    const settled = gather(({ key }) => (key === 'batch' ? 'dead_letter' : 'done'))
    const listener = rocketmq.listen({ topic: 'transactional', group: 'settled', handle: settled.handle })
    await listener.ready
    assert.deepEqual(await rocketmq.sendInTransaction('transactional', '1', async () => 'commit', { key: 'committed' }), {
      key: 'committed',
      resolution: 'commit',
      isTold: true,
    })
    await rocketmq.sendInTransaction('transactional', '2', async () => 'rollback', { key: 'rolled back' })
    for (const key of ['late', 'undone']) await rocketmq.sendInTransaction('transactional', '3', async () => 'unknown', { key })
    const failing = rocketmq.sendInTransaction('transactional', '4', async () => Promise.reject(new Error('work failed')), { key: 'thrown' })
    await assert.rejects(failing, /work failed/)
    await settled.until(3)
    assert.deepEqual(keysOf(settled.messages), ['committed', 'late', 'thrown'])
    assert.deepEqual(asked.toSorted(), ['late', 'late', 'thrown', 'undone'])
    await assert.rejects(
      rocketmq.sendInTransaction('plain', '5', async () => 'commit'),
      TypeError,
    )

    await rocketmq.sendInTransaction('transactional', batch(['x', 'y']), async () => 'commit', { key: 'batch' })
    await settled.until(4)
    const letters = rocketmq.deadLetters({ group: 'settled' })
    const [letter] = await letters.take()
    await letter?.replay()
    const replayed = (await settled.until(5))[4]
    assert.deepEqual([replayed?.key, replayed?.bodies.map(textOf)], ['batch', ['x', 'y']])
    await listener.stop()
  })
})
