import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextQueryAt, pauseAfter, usualPauses } from './pauses.ts'

test('questions come less and less often, and the last one once the time is over', () => {
  const cases = [
    { queries: 0, now: 0, at: 30_000 },
    { queries: 1, now: 30_000, at: 90_000 },
    { queries: 5, now: 0, at: 600_000 },
    { queries: 99, now: 0, at: 600_000 },
    { queries: 5, now: 800_000, at: 905_000 },
    { queries: 0, now: 905_000, at: 935_000 },
  ]
  for (const { queries, now, at } of cases) assert.equal(nextQueryAt({ expiresAt: 900_000, queries }, now, usualPauses), at)
  assert.ok((usualPauses.queryMs[0] ?? Infinity) < 60_000)
  assert.equal(pauseAfter([], 3), 0)
})
