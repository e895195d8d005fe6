import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paired } from './paired.ts'

test('each gets its own answer, and none goes without', () => {
  assert.deepEqual(paired(['a', 'b'], [1, undefined]), [
    ['a', 1],
    ['b', undefined],
  ])
  for (const answers of [[1], [1, 2, 3]]) assert.throws(() => paired(['a', 'b'], answers), /2 were asked about/)
})
