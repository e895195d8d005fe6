import assert from 'node:assert/strict'
import { test } from 'node:test'
import { billReadyAt, chinaTime, chinaTimeIso, moved, readChinaTime, realDelayMs, startOfDay, virtualNow, type VirtualClock } from '@suanpan/sandbox/machine'
import { startOfTime } from './clock.ts'

test('the platforms’ clock runs as the machine’s until it is moved, and never back', () => {
  assert.equal(virtualNow(startOfTime, 1_000), 1_000)
  const ahead = moved(startOfTime, 1_000, { advanceMs: 500 })
  assert.deepEqual([virtualNow(ahead, 1_000), virtualNow(ahead, 1_100)], [1_500, 1_600])
  const fast = moved(ahead, 1_100, { scale: 60 })
  assert.deepEqual([virtualNow(fast, 1_100), virtualNow(fast, 1_200)], [1_600, 7_600])
  const both = moved(fast, 1_200, { advanceMs: 1, scale: 1 })
  assert.deepEqual([virtualNow(both, 1_200), virtualNow(both, 1_201)], [7_601, 7_602])
})

test('waiting is counted by the machine’s clock', () => {
  const clock: VirtualClock = { realAt: 1_000, virtualAt: 1_000, scale: 60 }
  assert.equal(realDelayMs(clock, 61_000, 1_000), 1_000)
  assert.equal(realDelayMs(clock, 500, 1_000), 0)
})

test('both platforms keep the time of China', () => {
  const at = Date.parse('2026-11-26T23:59:59Z')
  assert.deepEqual([chinaTime(at), chinaTimeIso(at)], ['2026-11-27 07:59:59', '2026-11-27T07:59:59+08:00'])
  assert.equal(readChinaTime('2026-11-27 07:59:59'), at)
  for (const odd of ['2026-02-30 00:00:00', '2026-11-27', '2026-11-27T07:59:59', '2026-11-27 24:00:00']) assert.equal(readChinaTime(odd), undefined, odd)
  assert.equal(billReadyAt(startOfDay('2026-11-26') ?? 0), Date.parse('2026-11-27T10:00:00+08:00'))
})
