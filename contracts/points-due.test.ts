import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pointsFor, pointsTakenBack } from './points-due.ts'

test('a point for each whole yuan', () => {
  const cases = [
    { paidFen: 0, points: 0 },
    { paidFen: 99, points: 0 },
    { paidFen: 100, points: 1 },
    { paidFen: 12_399, points: 123 },
  ]
  for (const { paidFen, points } of cases) assert.equal(pointsFor(paidFen), points)
})

test('of them, the share of what went back, rounded down, and all when everything did', () => {
  const cases = [
    { paidFen: 1_099, refundedFen: 0, takenBack: 0 },
    { paidFen: 1_099, refundedFen: 109, takenBack: 0 },
    { paidFen: 1_099, refundedFen: 110, takenBack: 1 },
    { paidFen: 1_099, refundedFen: 1_098, takenBack: 9 },
    { paidFen: 1_099, refundedFen: 1_099, takenBack: 10 },
    { paidFen: 0, refundedFen: 0, takenBack: 0 },
    // 90,071,992,547,409 points times 9,007,199,254,740,990 fen: as floating point, the last digit is wrong.
    { paidFen: 9_007_199_254_740_991, refundedFen: 9_007_199_254_740_990, takenBack: 90_071_992_547_408 },
  ]
  for (const { paidFen, refundedFen, takenBack } of cases) assert.equal(pointsTakenBack(paidFen, refundedFen), takenBack)
})

test('more money back never means fewer points back, nor more than there were', () => {
  const amounts = fc.record({ paidFen: fc.nat(), part: fc.nat(), more: fc.nat() })
  fc.assert(
    fc.property(amounts, ({ paidFen, part, more }) => {
      const [less, most] = [part % (paidFen + 1), Math.min(paidFen, (part % (paidFen + 1)) + more)]
      assert(pointsTakenBack(paidFen, less) <= pointsTakenBack(paidFen, most))
      assert(pointsTakenBack(paidFen, most) <= pointsFor(paidFen))
    }),
  )
})
