import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scrapeTargets } from './targets.ts'

test('each process that runs is measured at its own port, a system at that of its customers, too; what is away is left out', () => {
  assert.deepEqual(
    scrapeTargets([
      { name: 'sandbox', port: 3_001, operationsPort: undefined },
      { name: 'order-1', port: undefined, operationsPort: 40_001 },
      { name: 'order-2', port: undefined, operationsPort: undefined },
      { name: 'order-system-1', port: 3_000, operationsPort: 40_002 },
    ]),
    [
      { targets: ['127.0.0.1:40001'], labels: { process: 'order-1' } },
      { targets: ['127.0.0.1:40002', '127.0.0.1:3000'], labels: { process: 'order-system-1' } },
    ],
  )
})
