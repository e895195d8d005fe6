import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqliteStore } from '@suanpan/runtime/store'
import { manualClock, systemClock, type ManualClock } from '@suanpan/runtime/time'
import { rocketMqBusSchema } from './bus.ts'
import { createHearing } from './hearing.ts'
import { figuresOf } from './inspection.ts'
import { halves, type HalfRow } from './tables.ts'

const minuteMs = 60_000

/** A broker, as this process sees it. */
function hearingOf(clock: ManualClock, troubles: () => Readonly<Record<string, string>>) {
  const health = async () => {
    const parts = ['order_paid', 'of_others'].map((topic) => {
      const trouble = troubles()[topic]
      return { role: 'producer' as const, topic, ...(trouble === undefined ? {} : { trouble }) }
    })
    return { ok: parts.every(({ trouble }) => trouble === undefined), parts }
  }
  const hearing = createHearing({ rocketmq: { health }, topics: ['order_paid'], clock })
  hearing.start()
  return hearing
}

test('a broker that is there for three minutes has asked what it had to ask before', async () => {
  const clock = manualClock(0)
  const hearing = hearingOf(clock, () => ({ of_others: 'away' }))
  await clock.advance(2 * minuteMs)
  assert.equal(hearing.askedUntil(clock.now()), undefined)
  await clock.advance(3 * minuteMs)
  assert.equal(hearing.askedUntil(clock.now()), 2 * minuteMs)
})

test('one that was away has yet to ask, when it is back, too', async () => {
  const clock = manualClock(0)
  let isAway = false
  const hearing = hearingOf(clock, () => (isAway ? { order_paid: 'away' } : {}))
  await clock.advance(10 * minuteMs)
  isAway = true
  await clock.advance(minuteMs)
  assert.equal(hearing.askedUntil(clock.now()), undefined)
  isAway = false
  await clock.advance(2 * minuteMs)
  assert.equal(hearing.askedUntil(clock.now()), undefined)
})

const now = 100_000 * minuteMs
const decided = (halfId: string, minutesAgo: number, toldAt: number | null = null): HalfRow => ({
  halfId,
  state: 'committed',
  topic: 'order.paid',
  messages: 1,
  decidedAt: now - minutesAgo * minuteMs,
  toldAt,
})

const cases: readonly (readonly [what: string, askedUntilMinutesAgo: number | undefined, untold: number, unasked: number])[] = [
  ['a broker that is away, or has just come back, may still ask about all of them', undefined, 3, 0],
  ['one that has been there for longer has not asked about the old ones', 3, 1, 1],
]
for (const [what, askedUntilMinutesAgo, untoldHalves, unaskedHalves] of cases) {
  test(what, async () => {
    const store = openSqliteStore({ name: 'order', file: ':memory:', schemas: [rocketMqBusSchema], clock: systemClock() })
    await store.transact(async (tx) =>
      tx.insert(halves, [decided('told', 10, now), decided('just now', 0.5), decided('a while', 2), decided('long', 10), decided('older than a day', 2_000)]),
    )
    const figures = await figuresOf(store.read, now, askedUntilMinutesAgo === undefined ? undefined : now - askedUntilMinutesAgo * minuteMs)
    assert.deepEqual([figures.untoldHalves, figures.unaskedHalves], [untoldHalves, unaskedHalves])
    await store.close()
  })
}
