import assert from 'node:assert/strict'
import { test } from 'node:test'
import { valueInTime } from './in-time.ts'
import { manualClock } from './manual.ts'

test('what comes in time counts, whichever way it ends; what comes late is nobody’s', async () => {
  const failure = new Error('the work failed')
  const cases: [endsAfterMs: number, end: 'done' | 'failed', outcome: string][] = [
    [0, 'done', 'done'],
    [9, 'done', 'done'],
    [11, 'done', 'late'],
    [9, 'failed', 'the work failed'],
    [11, 'failed', 'late'],
  ]
  for (const [endsAfterMs, end, expected] of cases) {
    const clock = manualClock()
    const work = clock.sleep(endsAfterMs).then(() => (end === 'done' ? end : Promise.reject(failure)))
    const outcome = valueInTime(clock, 10, work, 'late').catch((error: unknown) => (error as Error).message)
    await clock.advance(20)
    assert.equal(await outcome, expected, `${end} after ${endsAfterMs} ms`)
  }
})

test('a time that is over already is no time, and no timer outlives its work', async () => {
  let timers = 0
  const clock = {
    after: () => {
      timers++
      return () => void timers--
    },
  }
  assert.equal(await valueInTime(clock, 10, Promise.resolve('done'), 'late'), 'done')
  await assert.rejects(valueInTime(clock, 10, Promise.reject(new Error('failed')), 'late'), /failed/)
  assert.equal(timers, 0)
  const later = manualClock()
  const outcome = valueInTime(later, -5, new Promise(() => {}), 'late')
  await later.advance(0)
  assert.equal(await outcome, 'late')
})
