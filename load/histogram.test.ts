import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createHistogram } from './histogram.ts'

test('without samples everything is 0', () => {
  const { count, meanMs, maxMs, percentileMs } = createHistogram()
  assert.deepEqual([count, meanMs, maxMs, percentileMs(0.99)], [0, 0, 0, 0])
})

test('a percentile is off by less than one per cent from the sorted samples', () => {
  const samples = fc.array(fc.double({ min: 0.1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(samples, fc.constantFrom(0.5, 0.9, 0.99, 1), (latenciesMs, share) => {
      const histogram = createHistogram()
      for (const latencyMs of latenciesMs) histogram.record(latencyMs)
      const sorted = latenciesMs.toSorted((a, b) => a - b)
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? NaN
      assert.ok(Math.abs(histogram.percentileMs(share) - exact) <= exact * 0.01)
    }),
  )
})

test('adding is the same as recording both', () => {
  const [left, right, both] = [createHistogram(), createHistogram(), createHistogram()]
  for (const latencyMs of [0, 1.5, 900]) left.record(latencyMs)
  for (const latencyMs of [3, 10 ** 9]) right.record(latencyMs)
  for (const latencyMs of [0, 1.5, 900, 3, 10 ** 9]) both.record(latencyMs)
  left.add(right)
  assert.deepEqual(left.buckets, both.buckets)
  assert.deepEqual([left.count, left.maxMs, left.meanMs], [both.count, both.maxMs, both.meanMs])
})
