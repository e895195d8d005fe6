import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RocketMqError, type RocketMq } from '@suanpan/rocketmq'
import { messageRowOf } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { countedMarks, silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { createAvailability } from './availability.ts'
import { rocketMqBusSchema } from './bus.ts'
import { namesWith } from './names.ts'
import { createRelay } from './relay.ts'
import { outbox } from './tables.ts'

const topic = 'order.paid'
const message = { id: 'ord_1:paid', topic, key: 'ord_1', body: Uint8Array.of(1), at: 5, traceparent: '' }

/** Who fails while one message of the outbox is relayed, and whether transactions then go around the broker. */
const cases: readonly { readonly fails: 'broker' | 'store'; readonly isAway: boolean }[] = [
  { fails: 'broker', isAway: true },
  { fails: 'store', isAway: false },
]
for (const { fails, isAway } of cases)
  test(`where the ${fails} fails under the relay, the broker counts as ${isAway ? 'away' : 'there'}`, async () => {
    const clock = systemClock()
    const whole = openSqliteStore({ name: 'order', file: ':memory:', schemas: [rocketMqBusSchema], clock })
    await whole.transact(async (tx) => tx.insert(outbox, [{ ...messageRowOf(message), nextAttemptAt: 0 }]))
    const availability = createAvailability(clock)
    let sends = 0
    const sendHalf: RocketMq['sendHalf'] = async () => {
      sends++
      if (fails === 'broker') throw new RocketMqError('unknown', 'the broker is away')
      return { key: '', messageId: '', commit: async () => {}, rollback: async () => {} }
    }
    const transact: Store['transact'] = (work) => (sends > 0 && fails === 'store' ? Promise.reject(new Error('the store is away')) : whole.transact(work))
    const relay = createRelay({
      rocketmq: { sendHalf },
      store: { ...whole, transact },
      clock,
      ids: createIds({ clock, random: () => 0.5 }),
      log: silentLog,
      marks: countedMarks(),
      names: namesWith(''),
      availability,
      pollEveryMs: 10,
    })
    relay.start()
    while (sends === 0) await sleep(5)
    await relay.stop()
    assert.equal(availability.isAway(topic), isAway)
    await whole.close()
  })

const notRouted = new RocketMqError('refused', 'topic order_paid: CODE: 17  DESC: No topic route info in name server for the topic: order_paid')
const away = new RocketMqError('unknown', 'topic order_paid: 14 UNAVAILABLE')
const tooLarge = new RocketMqError('refused', 'topic order_paid: message body is too large')

/** Relays two messages to a broker that answers so for a second. */
async function relayedAfter(failure: RocketMqError) {
  const store = openSqliteStore({ name: 'order', file: ':memory:', schemas: [rocketMqBusSchema], clock: systemClock() })
  const clock = manualClock(0)
  const marks = countedMarks()
  const availability = createAvailability(clock)
  const sendHalf = async () => {
    if (clock.now() < 1_000) throw failure
    return { key: '', messageId: '', commit: async () => {}, rollback: async () => {} }
  }
  const rows = ['ord_1:paid', 'ord_2:paid'].map((id) => ({ ...messageRowOf({ ...message, id }), nextAttemptAt: 0 }))
  await store.transact(async (tx) => tx.insert(outbox, rows))
  const ids = createIds({ clock, random: () => 0.5 })
  const relay = createRelay({ rocketmq: { sendHalf }, store, clock, ids, log: silentLog, marks, names: namesWith(''), availability, pollEveryMs: 1_000 })
  relay.start()
  const left = async () => (await store.read.query('SELECT message_id FROM message_outbox', [])).length
  while ((await left()) > 0 && clock.now() < 120_000) {
    await clock.advance(500)
    await sleep(1)
  }
  const end = { afterMs: clock.now(), isAway: availability.isAway(topic) }
  await relay.stop()
  await store.close()
  return end
}

test('a topic that is not there is asked for again at once, as a broker is that is away: when it has come back, it knows its topics, and says so later', async () => {
  for (const failure of [notRouted, away]) {
    const { afterMs, isAway } = await relayedAfter(failure)
    assert(afterMs < 5_000, `${failure.message}: only after ${afterMs} ms`)
    assert(!isAway)
  }
})

test('a message that is refused for what it is comes again a minute later', async () => {
  const { afterMs } = await relayedAfter(tooLarge)
  assert(afterMs >= 60_000, `after ${afterMs} ms`)
})
