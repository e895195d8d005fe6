import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RocketMqError, type RocketMq } from '@suanpan/rocketmq'
import { messageRowOf } from '@suanpan/runtime/bus'
import { createIds } from '@suanpan/runtime/ids'
import { openSqliteStore, type Store } from '@suanpan/runtime/store'
import { countedMarks, silentLog } from '@suanpan/runtime/telemetry'
import { systemClock } from '@suanpan/runtime/time'
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
      rocketmq: { sendHalf } as RocketMq,
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
