import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amountsIn } from '../../../store/testing/conformance/index.ts'
import { aWhile, letter, mailbox, publish, send, until } from './post.ts'
import type { OpenBus } from './opened.ts'

/** Which messages are delivered, to whom, and when. */
export function deliveryConformance(open: OpenBus): void {
  test('messages are delivered if their transaction commits, and never if it does not', async () => {
    const { bus, store } = await open()
    const box = mailbox('reader')
    bus.subscribe(box.subscription)
    await bus.start()
    await send(bus, store, ['a', 'b'])
    const thrown = bus.publishIff(store, [letter('c')], async (tx) => {
      tx.execute('UPDATE account SET amount = 7', [])
      await tx.query('SELECT 1 AS one', [])
      throw new Error('changed my mind')
    })
    await assert.rejects(thrown, /changed my mind/)
    // `a` exists: the constraint takes `d`, its neighbour of the same transaction, along.
    await assert.rejects(send(bus, store, ['d', 'a']))
    await send(bus, store, ['e'])
    await until('all are there', () => box.got.length >= 3)
    await aWhile()
    assert.deepEqual([...box.got].sort(), ['a/1', 'b/1', 'e/1'])
    assert.deepEqual(await amountsIn(store), { a: 1, b: 1, e: 1 })
  })

  test('of a batch, only the messages of accepted members are delivered', async () => {
    const { bus, store } = await open()
    const box = mailbox('reader')
    bus.subscribe(box.subscription)
    await bus.start()
    assert.equal(await send(bus, store, ['a', 'b', 'c', 'd'], ['b', 'd']), 'sent')
    assert.equal(await send(bus, store, ['e', 'f'], ['e', 'f']), 'sent')
    await until('the accepted are there', () => box.got.length >= 2)
    await aWhile()
    assert.deepEqual([...box.got].sort(), ['a/1', 'c/1'])
  })

  test('of members that announce different things under one id, the accepted one is heard, wherever it stands', async () => {
    const { bus, store } = await open()
    const heard: string[] = []
    const { subscription } = mailbox('reader')
    bus.subscribe({
      ...subscription,
      handle: async (messages) => {
        for (const { key, body } of messages) heard.push(`${key} ${new TextDecoder().decode(body)}`)
        return messages.map(() => ({ kind: 'done' }))
      },
    })
    await bus.start()
    const saying = (key: string, text: string) => letter(key, { body: new TextEncoder().encode(text) })
    const [first, second, third, fourth] = [saying('a', 'mine'), saying('a', 'yours'), saying('b', 'mine'), saying('b', 'yours')]
    await bus.publishIff(store, [first, second, third, fourth], async () => ({ result: undefined, accepted: [first, fourth] }))
    await until('both are there', () => heard.length >= 2)

    const [fifth, sixth] = [saying('c', 'mine'), saying('c', 'yours')]
    const both = bus.publishIff(store, [fifth, sixth], async () => ({ result: undefined, accepted: [fifth, sixth] }))
    await assert.rejects(both, /c:sent of one batch/)
    const unannounced = bus.publishIff(store, [letter('d')], async () => ({ result: undefined, accepted: [letter('d')] }))
    await assert.rejects(unannounced, /d:sent was accepted, and never announced/)
    await publish(bus, store, letter('e'), letter('e'))
    await until('what is said twice alike is there, once', () => heard.length >= 3)
    await aWhile()
    assert.deepEqual(heard.toSorted(), ['a mine', 'b yours', 'e e'])
  })

  test('a message that was published before is not published again', async () => {
    const { bus, store } = await open()
    const box = mailbox('reader')
    bus.subscribe(box.subscription)
    await bus.start()
    await publish(bus, store, letter('a'))
    await until('it is there', () => box.got.length > 0)
    await publish(bus, store, letter('a'), letter('b'))
    await until('the other one is, too', () => box.got.includes('b/1'))
    await aWhile()
    assert.deepEqual(box.got, ['a/1', 'b/1'])
  })

  test('what a message says arrives as it was said', async () => {
    const { bus, store } = await open()
    const said = {
      ...letter('a'),
      body: Uint8Array.from([0, 255, 10, 0]),
      at: 1_700_000_000_000,
      traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
    }
    const heard: unknown[] = []
    const { subscription } = mailbox('reader')
    bus.subscribe({
      ...subscription,
      handle: async (messages) => {
        for (const { id, topic, key, body, at, traceparent } of messages) heard.push({ id, topic, key, body: Uint8Array.from(body), at, traceparent })
        return messages.map(() => ({ kind: 'done' }))
      },
    })
    await bus.start()
    await publish(bus, store, said)
    await until('it is there', () => heard.length > 0)
    assert.deepEqual(heard, [said])
  })

  test('each group gets every message, at its own pace, however many; one that comes later gets the old ones', async () => {
    const { bus, store, reopen } = await open()
    const keys = Array.from({ length: 250 }, (_, index) => `key-${String(index).padStart(3, '0')}`)
    const [quick, slow] = [mailbox('quick'), mailbox('slow', undefined, 7)]
    for (const { subscription } of [quick, slow]) bus.subscribe(subscription)
    await bus.start()
    await Promise.all(keys.map((key) => publish(bus, store, letter(key))))
    await until('both have all', () => quick.got.length >= keys.length && slow.got.length >= keys.length)
    for (const { got } of [quick, slow])
      assert.deepEqual(
        [...got].sort(),
        keys.map((key) => `${key}/1`),
      )
    await bus.stop()

    const again = await reopen()
    const [later, known] = [mailbox('later'), mailbox('quick')]
    for (const { subscription } of [later, known]) again.subscribe(subscription)
    await again.start()
    await until('the new group has all', () => later.got.length >= keys.length)
    await aWhile()
    assert.deepEqual(known.got, [])
  })

  test('a message with a time of its own waits for it, and holds nothing up', async () => {
    const { bus, store } = await open()
    const box = mailbox('reader')
    bus.subscribe(box.subscription)
    await bus.start()
    const notBeforeAt = Date.now() + 600
    await publish(bus, store, letter('later', { notBeforeAt }), letter('now'))
    await until('the other one is there', () => box.got.includes('now/1'))
    await until('its time has come', () => box.got.includes('later/1'))
    assert(Date.now() >= notBeforeAt, `it came ${notBeforeAt - Date.now()} ms too early`)
    assert.deepEqual(box.got, ['now/1', 'later/1'])
  })
}
