import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '../time/index.ts'
import { createNews } from './news.ts'

test('the same is told again after a while, something else at once', async () => {
  const clock = manualClock(1_000)
  const isNews = createNews(clock, 60_000)
  assert.deepEqual([isNews('away'), isNews('away'), isNews('refused')], [true, false, true])
  await clock.advance(59_999)
  assert.equal(isNews('away'), false)
  await clock.advance(1)
  assert.deepEqual([isNews('away'), isNews('away')], [true, false])
})

test('a clock that is put back keeps nothing quiet for longer', () => {
  let now = 3_600_000
  const isNews = createNews({ ...manualClock(), now: () => now }, 60_000)
  assert.equal(isNews('away'), true)
  now = 0
  assert.deepEqual([isNews('away'), isNews('away')], [true, false])
})
