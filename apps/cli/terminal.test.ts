import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatMs, formatTable, wrapped } from './terminal.ts'

test('columns align, numbers to the right', () => {
  assert.deepEqual(
    formatTable(
      [
        ['name', '12', 'ok'],
        ['longer', '3', ''],
      ],
      [false, true],
    ),
    ['name    12  ok', 'longer   3'],
  )
})

test('text is broken between words, never within one', () => {
  assert.deepEqual(wrapped('the quick brown fox', 9), ['the quick', 'brown fox'])
  assert.deepEqual(wrapped('a considerable word', 5), ['a', 'considerable', 'word'])
  assert.deepEqual(wrapped('', 5), [''])
})

const durations: readonly (readonly [milliseconds: number, text: string])[] = [
  [0.416, '0.42 ms'],
  [12.34, '12.3 ms'],
  [1_234.5, '1,235 ms'],
]

for (const [milliseconds, text] of durations) test(`${milliseconds} is ${text}`, () => assert.equal(formatMs(milliseconds), text))
