import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDecoder } from './decode.ts'
import { createEncoder } from './encode.ts'
import { decoded, encoded, values } from './testing.ts'
import { HessianError, JavaDouble, JavaObject, type HessianValue } from './values.ts'

test('whatever is written is read as it was', () => {
  fc.assert(
    fc.property(values, (value) => {
      assert.deepEqual(decoded(encoded(value)), value)
    }),
    { numRuns: 400 },
  )
})

test('several values in one body share their tables of classes and references', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 4 }), (several) => {
      const encoder = createEncoder()
      for (const value of several) encoder.value(value)
      const decoder = createDecoder(encoder.finish())
      assert.deepEqual(
        several.map(() => decoder.value()),
        several,
      )
      assert.ok(decoder.isAtEnd)
    }),
    { numRuns: 100 },
  )
})

/** As Java's own codec writes them, from hessian.caucho.com and from what real peers sent. */
const onTheWire: readonly (readonly [what: string, value: HessianValue, hex: string])[] = [
  ['null', null, '4e'],
  ['true', true, '54'],
  ['int 0', 0, '90'],
  ['int -16, the least in one byte', -16, '80'],
  ['int 47, the most in one byte', 47, 'bf'],
  ['int 48', 48, 'c830'],
  ['int -2048, the least in two bytes', -2048, 'c000'],
  ['int 262143, the most in three bytes', 262_143, 'd7ffff'],
  ['int 262144', 262_144, '4900040000'],
  ['int -2147483648', -0x8000_0000, '4980000000'],
  ['long beyond int', 0x8000_0000, '4c0000000080000000'],
  ['long from a bigint', 15n, 'ef'],
  ['long from a bigint, two bytes', -2048n, 'f000'],
  ['long from a bigint, three bytes', 262_143n, '3fffff'],
  ['long from a bigint, 32 bits', 262_144n, '5900040000'],
  ['least long', -(2n ** 63n), '4c8000000000000000'],
  ['double 12.25', 12.25, '444028800000000000'],
  ['double 1 on demand', new JavaDouble(1), '5c'],
  ['negative zero', -0, '448000000000000000'],
  ['empty string', '', '00'],
  ['ASCII', 'hello', '0568656c6c6f'],
  ['two-byte letters', 'é', '01c3a9'],
  ['an emoji is two units of three bytes', '😀', '02eda0bdedb880'],
  ['32 letters take a longer length', 'a'.repeat(32), `3020${'61'.repeat(32)}`],
  ['binary', new Uint8Array([1, 2, 3]), '23010203'],
  ['a date to the minute', new Date(Date.UTC(1998, 4, 8, 9, 51)), '4b00e3838f'],
  ['a date to the millisecond', new Date(Date.UTC(1998, 4, 8, 9, 51, 31)), '4a000000d04b9284b8'],
  ['short list', [1, 2], '7a9192'],
  ['long list', [0, 0, 0, 0, 0, 0, 0, 0], '58989090909090909090'],
  ['map', { a: 1 }, '480161915a'],
  ['object', new JavaObject('a.B', { c: 1 }), '4303612e429101636091'],
  ['two objects of one class', [new JavaObject('B', { c: 1 }), new JavaObject('B', { c: 2 })], '7a43014291016360916092'],
]

for (const [what, value, hex] of onTheWire)
  test(`on the wire: ${what}`, () => {
    assert.equal(encoded(value).toString('hex'), hex)
  })

/** What Java may send, though it is never written here. */
const fromJava: readonly (readonly [what: string, hex: string, value: HessianValue])[] = [
  ['a double in one byte', '5d80', -128],
  ['a double in two bytes', '5e8000', -32_768],
  ['a double in thousandths', '5f00002fda', 12.25],
  ['a typed list of known length', '72055b6c6f6e67e1e2', [1, 2]],
  ['a typed list that ends with Z', '55045b696e7491925a', [1, 2]],
  ['an untyped list that ends with Z', '5791925a', [1, 2]],
  ['a typed map', '4d01740161915a', { a: 1 }],
  ['a type by number', '7a4d01745a4d905a', [{}, {}]],
  ['a string in chunks', '5200016153000162', 'ab'],
  ['binary in chunks', '410001012102', new Uint8Array([1, 2])],
  ['four-byte UTF-8 for a pair', '02f09f9880', '😀'],
  ['an object by a long number', '430142904f90', new JavaObject('B', {})],
  [
    'keys of several types',
    '4801619191925a',
    new Map<HessianValue, HessianValue>([
      ['a', 1],
      [1, 2],
    ]),
  ],
]

for (const [what, hex, value] of fromJava)
  test(`from Java: ${what}`, () => {
    assert.deepEqual(decoded(Buffer.from(hex, 'hex')), value)
  })

test('a pair is not split between two chunks', () => {
  const wire = encoded(`${'a'.repeat(0x7ffe)}😀b`)
  assert.equal(wire.subarray(0, 3).toString('hex'), '527ffe')
  assert.equal(wire.subarray(3 + 0x7ffe).toString('hex'), '530003eda0bdedb88062')
})

test('a value that holds itself comes back holding itself', () => {
  const list: HessianValue[] = [1]
  list.push(list, { list })
  const back = decoded(encoded(list)) as HessianValue[]
  assert.equal(back[1], back)
  assert.equal((back[2] as { list: HessianValue }).list, back)
})

test('the key __proto__ is a key like any other', () => {
  const back = decoded(encoded(JSON.parse('{"__proto__":{"isAdmin":true}}') as HessianValue)) as { readonly isAdmin?: boolean }
  assert.equal(back.isAdmin, undefined)
  assert.deepEqual(Object.keys(back), ['__proto__'])
})

test('two classes are two, whatever characters their names and fields have', () => {
  const objects = [new JavaObject('a.B', { c: 1, d: 2 }), new JavaObject('a.B\0c', { d: 3 }), new JavaObject('a.B', { 'c\0d': 4 })]
  assert.deepEqual(decoded(encoded(objects)), objects)
})

test('as many values as a decoder takes are written, and no more', () => {
  const most = Array<null>(999_999).fill(null)
  assert.deepEqual(decoded(encoded(most)), most)
  const encoder = createEncoder()
  encoder.int(0)
  assert.throws(() => encoder.value(most), HessianError)
})

const nested = (depth: number): HessianValue => (depth === 0 ? 1 : [nested(depth - 1)])

const refused: readonly (readonly [what: string, value: unknown, message: RegExp])[] = [
  ['a function', () => 1, /a function cannot be sent/],
  ['an instance of a class', new URL('http://a'), /an instance of URL cannot be sent; give a plain object/],
  ['an invalid date', new Date(NaN), /invalid date/],
  ['a long beyond 64 bits', 2n ** 63n, /does not fit a Java long/],
  ['too deep a nest', nested(101), /nested more than 100 deep/],
  ['more values than anybody takes', Array(1_000_000).fill(null), /more than 1000000 values/],
]

for (const [what, value, message] of refused)
  test(`not to be sent: ${what}`, () => {
    assert.throws(
      () => encoded(value as HessianValue),
      (error) => error instanceof HessianError && message.test(error.message),
    )
  })
