import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDestination } from './destination.ts'

test('destinations are topic or topic:tag; names that the broker refuses are told at once', () => {
  const cases: readonly (readonly [string, object | undefined])[] = [
    ['orders', { topic: 'orders' }],
    ['orders:paid', { topic: 'orders', tag: 'paid' }],
    ['%DLQ%group', { topic: '%DLQ%group' }],
    ['', undefined],
    ['orders.paid', undefined],
    ['or ders', undefined],
    ['orders:', undefined],
    ['orders:a:b', undefined],
    ['orders:a||b', undefined],
    ['orders:a b', undefined],
    ['x'.repeat(128), undefined],
  ]
  for (const [destination, parsed] of cases) {
    if (parsed === undefined) assert.throws(() => parseDestination(destination), TypeError, destination)
    else assert.deepEqual(parseDestination(destination), parsed)
  }
})
