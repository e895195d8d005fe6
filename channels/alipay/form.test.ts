import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsOfForm } from './form.ts'

test('a form is decoded once, and has each key once', () => {
  const cases: [body: string | Uint8Array, fields: Record<string, string> | undefined][] = [
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=', { a: '' }],
    ['a=b%3Dc%26d', { a: 'b=c&d' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=100%25', { a: '100%' }],
    ['a=%2525', { a: '%25' }],
    ['a=1+1%2B1', { a: '1 1+1' }],
    ['a=%E7%AE%97', { a: '算' }],
    ['a=算', { a: '算' }],
    ['%61=1', { a: '1' }],
    ['a=1&a=1', undefined],
    ['a=1&%61=1', undefined],
    ['a=%E7%AE', undefined],
    ['a=%ff', undefined],
    ['a=%', undefined],
    ['a=%zz', undefined],
    ['a', undefined],
    ['=1', undefined],
    ['', undefined],
    ['a=1&', undefined],
    ['a=1&&b=2', undefined],
    [Uint8Array.from([0x61, 0x3d, 0xff]), undefined],
    [Array.from({ length: 100 }, (_, index) => `k${index}=1`).join('&'), Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}`, '1']))],
    [Array.from({ length: 101 }, (_, index) => `k${index}=1`).join('&'), undefined],
  ]
  for (const [body, expected] of cases) {
    const fields = fieldsOfForm(typeof body === 'string' ? Buffer.from(body) : body)
    assert.deepEqual(fields === undefined ? undefined : Object.fromEntries(fields), expected, String(body).slice(0, 60))
  }
})

test('names that mean something to JavaScript are only names', () => {
  const fields = fieldsOfForm(Buffer.from('__proto__=1&constructor=2'))
  assert.deepEqual(
    [...(fields ?? [])],
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
  )
})
