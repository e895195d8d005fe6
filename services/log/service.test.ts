import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOnEveryEngine, openMemoryStore } from '@suanpan/runtime/store/testing'
import { emptyChain, verifyEntries } from './chain.ts'
import { logSchema } from './service.ts'
import { logOn, message } from './testing.ts'

describeOnEveryEngine({ name: 'log', schemas: [logSchema] }, (open) => {
  test('each message is one entry, however often it comes, and the chain is unbroken', async () => {
    const log = logOn(await open())
    assert.deepEqual(await log.append(message(1), message(2), message(1)), ['done', 'done', 'done'])
    assert.deepEqual(await log.append(message(2), message(3)), ['done', 'done'])
    assert.equal(log.marks.get('log.duplicate_dropped'), 2)
    const entries = await log.entries()
    assert.deepEqual(
      entries.map(({ sequence, topic, messageId }) => [sequence, topic, messageId]),
      [
        [1, 'order.paid', 'ord_1:order'],
        [2, 'payment.paid', 'ord_2:payment'],
        [3, 'order.paid', 'ord_3:order'],
      ],
    )
    assert.equal(verifyEntries(emptyChain, entries).kind, 'unbroken')
    assert.deepEqual(await log.violations(), [])
  })

  test('appenders of both publishers at once, doubled and overlapping, write one chain', async () => {
    const store = await open()
    const [log, other] = [logOn(store), logOn(store)]
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const first = index % 20
        return (index % 2 === 0 ? log : other).append(message(first), message(first + 1), message(first + 2))
      }),
    )
    const entries = await log.entries()
    assert.deepEqual(entries.map(({ messageId }) => messageId).sort(), Array.from({ length: 22 }, (_, nth) => message(nth).id).sort())
    assert.equal(verifyEntries(emptyChain, entries).kind, 'unbroken')
    assert.deepEqual(await log.violations(), [])
  })

  test('entries are listed by page, or about one order', async () => {
    const log = logOn(await open())
    for (let nth = 0; nth < 4; nth++) await log.append(message(nth), message(4, nth % 2 === 0 ? 'payment' : 'order'))
    const sequences = async (page: Parameters<typeof log.entries>[0]) => (await log.entries(page)).map(({ sequence }) => sequence)
    assert.deepEqual(await sequences({}), [1, 2, 3, 4, 5, 6])
    assert.deepEqual(await sequences({ limit: 2 }), [1, 2])
    assert.deepEqual(await sequences({ afterSequence: 4 }), [5, 6])
    assert.deepEqual(await sequences({ orderId: 'ord_4' }), [2, 4])
    assert.deepEqual(await sequences({ orderId: 'ord_4', afterSequence: 2, limit: 1 }), [4])
    assert.deepEqual(await sequences({ orderId: 'ord_9' }), [])
  })
})

test('a subscription has one publisher, and together they hear everything that is recorded', async () => {
  const store = openMemoryStore({ name: 'log', schemas: [logSchema] })
  assert.deepEqual(
    logOn(store).subscriptions.map(({ group, publisher, topics }) => [group, publisher, topics]),
    [
      ['log.payment', 'payment', ['payment.paid', 'payment.refund_settled', 'payment.noted']],
      ['log.order', 'order', ['order.paid', 'order.refunded', 'order.payment_surplus']],
    ],
  )
  await store.close()
})
