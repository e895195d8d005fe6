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
