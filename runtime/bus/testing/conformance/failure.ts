import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aWhile, letter, mailbox, publish, until } from './post.ts'
import { tries, type OpenBus } from './opened.ts'

/** What becomes of messages that a group does not handle. */
export function failureConformance(open: OpenBus): void {
  test('what failed comes again with its number of the try, and its neighbours do not', async () => {
    const { bus, store } = await open()
    const box = mailbox('reader', ({ key, attempt }) => (key === 'b' && attempt < 3 ? { kind: 'retry', because: 'not yet' } : { kind: 'done' }))
    bus.subscribe(box.subscription)
    await bus.start()
    await publish(bus, store, letter('a'), letter('b'), letter('c'))
    await until('b is handled', () => box.got.includes('b/3'))
    await aWhile()
    assert.deepEqual([...box.got].sort(), ['a/1', 'b/1', 'b/2', 'b/3', 'c/1'])
    assert.deepEqual(await bus.deadLetters({ limit: 10, after: '' }), [])
    assert.equal(await bus.backlog('reader'), 0)
  })

  test('a handler that throws for one message is not called in vain for its neighbours', async () => {
    const { bus, store } = await open()
    const handled = new Set<string>()
    const { subscription } = mailbox('reader')
    bus.subscribe({
      ...subscription,
      handle: async (messages) => {
        if (messages.some(({ key }) => key === 'bad')) throw new Error('a bad one')
        for (const { key } of messages) handled.add(key)
        return messages.map(() => ({ kind: 'done' }))
      },
    })
    await bus.start()
    await publish(bus, store, ...['a', 'b', 'bad', 'c', 'd'].map((key) => letter(key)))
    await until('the bad one is dead', async () => (await bus.deadLetters({ limit: 10, after: '' })).length > 0)
    const [dead] = await bus.deadLetters({ limit: 10, after: '' })
    assert.deepEqual([dead?.key, dead?.attempts, dead?.because], ['bad', tries, 'a bad one'])
    assert.deepEqual([...handled].sort(), ['a', 'b', 'c', 'd'])
  })

  test('a handler that answers for too few is as one that throws', async () => {
    const { bus, store } = await open()
    const { subscription } = mailbox('reader')
    bus.subscribe({ ...subscription, handle: async () => [] })
    await bus.start()
    await publish(bus, store, letter('a'))
    await until('it is dead', async () => (await bus.deadLetters({ limit: 1, after: '' })).length > 0)
    assert.match((await bus.deadLetters({ limit: 1, after: '' }))[0]?.because ?? '', /1 messages got 0 verdicts/)
  })

  test('whatever an error says, it is kept: a NUL, which no store holds, is left out', async () => {
    const { bus, store } = await open()
    const { subscription } = mailbox('reader')
    bus.subscribe({ ...subscription, handle: async () => Promise.reject(new Error('not\u0000 text')) })
    await bus.start()
    await publish(bus, store, letter('a'))
    await until('it is dead', async () => (await bus.deadLetters({ limit: 1, after: '' })).length > 0, 5_000)
    const [dead] = await bus.deadLetters({ limit: 1, after: '' })
    assert.deepEqual([dead?.attempts, dead?.because], [tries, 'not text'])
  })

  test('poison dies at once, for its group alone, and is listed page by page', async () => {
    const { bus, store } = await open()
    const [fine, ill] = [mailbox('fine'), mailbox('ill', () => ({ kind: 'poison', because: 'cannot be read' }))]
    for (const { subscription } of [fine, ill]) bus.subscribe(subscription)
    await bus.start()
    await publish(bus, store, letter('a'), letter('b'), letter('c'))
    await until('all are dead', async () => (await bus.deadLetters({ limit: 10, after: '' })).length === 3)
    const first = await bus.deadLetters({ limit: 2, after: '' })
    const rest = await bus.deadLetters({ limit: 2, after: first.at(-1)?.id ?? '' })
    assert.deepEqual(
      [...first, ...rest].map(({ group, key, attempts, because }) => [group, key, attempts, because]),
      ['a', 'b', 'c'].map((key) => ['ill', key, 1, 'cannot be read']),
    )
    await until('the others have all', async () => fine.got.length === 3 && (await bus.backlog('fine')) === 0)
    const [trace] = await bus.trace('a')
    assert.deepEqual(
      trace?.deliveries.map(({ group, state }) => [group, state]),
      [
        ['fine', 'delivered'],
        ['ill', 'dead'],
      ],
    )
  })

  test('a dead letter that is replayed is delivered once more, with all its tries before it', async () => {
    const { bus, store } = await open()
    let isMended = false
    const box = mailbox('reader', ({ attempt }) => (isMended && attempt === 2 ? { kind: 'done' } : { kind: 'retry', because: 'broken' }))
    bus.subscribe(box.subscription)
    await bus.start()
    await publish(bus, store, letter('a'))
    await until('it is dead', async () => (await bus.deadLetters({ limit: 1, after: '' })).length === 1)
    const [{ id } = { id: '' }] = await bus.deadLetters({ limit: 1, after: '' })
    isMended = true
    assert.deepEqual([await bus.replay('reader~none'), await bus.replay(id)], [false, true])
    assert.equal(await bus.replay(id), false)
    await until('nothing waits', async () => (await bus.backlog('reader')) === 0)
    const everyTry = Array.from({ length: tries }, (_, index) => `a/${index + 1}`)
    assert.deepEqual(box.got, [...everyTry, 'a/1', 'a/2'])
    assert.deepEqual(await bus.deadLetters({ limit: 1, after: '' }), [])
  })

  test('a backlog is what waits: new, delayed and to be tried again', async () => {
    const { bus, store } = await open()
    const { subscription } = mailbox('reader', ({ key }) => (key === 'again' ? { kind: 'retry', because: 'not yet' } : { kind: 'done' }))
    let letGo = (): void => {}
    const held = new Promise<void>((resolve) => (letGo = resolve))
    bus.subscribe({ ...subscription, handle: (messages) => held.then(() => subscription.handle(messages)) })
    await bus.start()
    await publish(bus, store, letter('a'), letter('again'), letter('later', { notBeforeAt: Date.now() + 3_600_000 }))
    assert.deepEqual([await bus.backlog('reader'), await bus.backlog('nobody')], [3, 0])
    letGo()
    await until('the first try is over', async () => (await bus.backlog('reader')) < 3)
    assert.deepEqual(
      (await bus.trace('later')).map(({ deliveries }) => deliveries[0]?.state),
      ['retrying'],
    )
  })
}
