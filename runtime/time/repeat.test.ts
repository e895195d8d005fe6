import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from './manual.ts'
import { repeat } from './repeat.ts'

test('runs again and again, a failure is told of and changes nothing', async () => {
  const clock = manualClock(0)
  const ranAt: number[] = []
  const errors: unknown[] = []
  const repetition = repeat({
    clock,
    everyMs: 100,
    run: async () => {
      ranAt.push(clock.now())
      if (ranAt.length === 2) throw new Error('the second run')
    },
    onError: (error) => errors.push(error),
  })
  repetition.start()
  await clock.advance(350)
  assert.deepEqual(ranAt, [100, 200, 300])
  assert.deepEqual(errors.map(String), ['Error: the second run'])
  await repetition.stop()
  await clock.advance(1_000)
  assert.equal(ranAt.length, 3)
})

test('a slow run is waited for: by the next run, and by whoever stops', async () => {
  const clock = manualClock(0)
  const events: string[] = []
  const repetition = repeat({
    clock,
    everyMs: 10,
    run: async () => {
      events.push(`begin ${clock.now()}`)
      await clock.sleep(100)
      events.push(`end ${clock.now()}`)
    },
    onError: () => {},
  })
  repetition.start()
  await clock.advance(130)
  assert.deepEqual(events, ['begin 10', 'end 110', 'begin 120'])
  const stopping = repetition.stop().then(() => events.push('stopped'))
  await clock.advance(200)
  await stopping
  assert.deepEqual(events, ['begin 10', 'end 110', 'begin 120', 'end 220', 'stopped'])
})
