import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@suanpan/runtime/time'
import { backOffMs, tryUntil } from './back-off.ts'

test('delays double from 50 ms to 2 s, and lie between half of that and all', () => {
  const attempts = [1, 2, 3, 6, 7, 50]
  assert.deepEqual(
    attempts.map((attempt) => backOffMs(attempt, () => 0)),
    [25, 50, 100, 800, 1_000, 1_000],
  )
  assert.deepEqual(
    attempts.map((attempt) => backOffMs(attempt, () => 1)),
    [50, 100, 200, 1_600, 2_000, 2_000],
  )
})

/** What comes of work that fails so often, and how often it was tried. */
async function tried(failures: number, withinMs: number, mayPass: boolean): Promise<{ readonly result: string; readonly tries: number }> {
  const clock = manualClock()
  let tries = 0
  const trying = tryUntil({ clock, random: () => 1, until: clock.now() + withinMs, mayPass: () => mayPass }, async () => {
    if (++tries <= failures) throw new Error('failed')
    return 'done'
  }).catch(() => 'failed')
  await clock.advance(withinMs)
  return { result: await trying, tries }
}

test('it is tried until it succeeds, fails for good, or the next try would be too late', async () => {
  assert.deepEqual(await tried(0, 1_000, true), { result: 'done', tries: 1 })
  assert.deepEqual(await tried(3, 1_000, true), { result: 'done', tries: 4 })
  assert.deepEqual(await tried(3, 1_000, false), { result: 'failed', tries: 1 })
  // 50 + 100 + 200 + 400 ms; 800 more would be beyond a second.
  assert.deepEqual(await tried(99, 1_000, true), { result: 'failed', tries: 5 })
})
