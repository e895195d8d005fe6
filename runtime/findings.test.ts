import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFindings } from './findings.ts'

test('rows are counted by check, a check without any included', () => {
  const findings = createFindings<{ check: string }>()
  findings.examined('books', 2)
  findings.examined('lines', 0)
  findings.examined('books', 3)
  assert.deepEqual(findings.report(), {
    checks: [
      { name: 'books', examined: 5 },
      { name: 'lines', examined: 0 },
    ],
    violations: [],
  })
})

test('a check with thousands of violations keeps a hundred, and leaves room for those of others', () => {
  const findings = createFindings<{ check: string; row: number }>()
  for (let row = 1; row <= 5_000; row++) findings.violation({ check: 'books', row })
  findings.violation({ check: 'lines', row: 1 })
  const { violations } = findings.report()
  assert.equal(violations.length, 101)
  assert.deepEqual(
    [violations[0], violations[99], violations[100]],
    [
      { check: 'books', row: 1 },
      { check: 'books', row: 100 },
      { check: 'lines', row: 1 },
    ],
  )
})
