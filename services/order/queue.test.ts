import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Bus } from '@suanpan/runtime/bus'
import { manualClock } from '@suanpan/runtime/time'
import { createQueue } from './queue.ts'

test('a queue is full at its bound, is looked up seldom, and not forgotten when the clock is put back', async () => {
  let now = 1_000_000
  let waiting = 0
  let looks = 0
  const bus: Pick<Bus, 'backlog'> = { backlog: async () => (looks++, waiting) }
  const queue = createQueue(bus, { ...manualClock(), now: () => now }, { maxWaiting: 10, ordersPerSecond: 100 })
  const steps: readonly { laterMs: number; waits: number; full: boolean; looked: number }[] = [
    { laterMs: 0, waits: 9, full: false, looked: 1 },
    { laterMs: 10, waits: 10, full: false, looked: 1 },
    { laterMs: 40, waits: 10, full: true, looked: 2 },
    { laterMs: 0, waits: 0, full: true, looked: 2 },
    { laterMs: -3_600_000, waits: 0, full: false, looked: 3 },
  ]
  for (const { laterMs, waits, full, looked } of steps) {
    now += laterMs
    waiting = waits
    assert.deepEqual([await queue.isFull(), looks], [full, looked])
  }
})
