import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayBounds, dueDays } from './days.ts'

test('a day is a day in China', () => {
  assert.deepEqual(dayBounds('2026-11-26'), { from: Date.parse('2026-11-26T00:00:00+08:00'), to: Date.parse('2026-11-27T00:00:00+08:00') })
})

test('the bill of a day is due at half past ten on the next', () => {
  const cases = [
    { now: '2026-11-26T10:29:59+08:00', due: ['2026-11-24', '2026-11-23'] },
    { now: '2026-11-26T10:30:00+08:00', due: ['2026-11-25', '2026-11-24'] },
    { now: '2026-11-26T23:59:59+08:00', due: ['2026-11-25', '2026-11-24'] },
    { now: '2027-01-01T11:00:00+08:00', due: ['2026-12-31', '2026-12-30'] },
  ]
  for (const { now, due } of cases) assert.deepEqual(dueDays(Date.parse(now), 2), due)
})
