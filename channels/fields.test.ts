import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeUtf8, fenOf, fieldsOf, fieldsOfJson, textOf } from './fields.ts'

test('JSON is an object of no more than sixteen levels, or nothing', () => {
  const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
  const cases: [text: string, isRead: boolean][] = [
    ['{}', true],
    [nested(16), true],
    [nested(17), false],
    [`{"a":${'['.repeat(20)}${']'.repeat(20)}}`, false],
    ['['.repeat(60_000), false],
    [`{"a":${JSON.stringify('[{'.repeat(30))}}`, true],
    [String.raw`{"a":"\"[[[[[[[[[[[[[[[[[[[[","b":"\\"}`, true],
    ['[]', false],
    ['null', false],
    ['"a"', false],
    ['{"a":1', false],
    ['', false],
  ]
  for (const [text, isRead] of cases) assert.equal(fieldsOfJson(text) !== undefined, isRead, text.slice(0, 60))
})

test('a field that is something else counts as missing', () => {
  const fields = { text: 'a', number: 5, list: [1], nested: { text: 'b' }, fraction: 0.5, negative: -1, large: 2 ** 53 }
  assert.deepEqual([textOf(fields, 'text'), textOf(fields, 'number'), textOf(fields, 'none')], ['a', '', ''])
  assert.deepEqual(
    ['number', 'fraction', 'negative', 'large', 'text'].map((name) => fenOf(fields, name)),
    [5, undefined, undefined, undefined, undefined],
  )
  assert.deepEqual(
    ['nested', 'list', 'text', 'none'].map((name) => fieldsOf(fields, name)),
    [{ text: 'b' }, {}, {}, {}],
  )
})

test('bytes that are not UTF-8 are no text', () => {
  const cases: [bytes: number[], text: string | undefined][] = [
    [[0xe7, 0xae, 0x97], '算'],
    [[0xe7, 0xae], undefined],
    [[0xff], undefined],
    [[0xc0, 0x80], undefined],
    [[0xed, 0xa0, 0x80], undefined],
    [[0xef, 0xbb, 0xbf, 0x41], '\uFEFFA'],
  ]
  for (const [bytes, text] of cases) assert.equal(decodeUtf8(Uint8Array.from(bytes)), text)
})
