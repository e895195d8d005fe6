import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDecoder } from './decode.ts'
import { decoded, encoded, values } from './testing.ts'
import { HessianError } from './values.ts'

/** Reads all there is. Anything but a value or a HessianError fails the test. */
function survives(bytes: Uint8Array): void {
  const decoder = createDecoder(Buffer.from(bytes))
  try {
    while (!decoder.isAtEnd) decoder.value()
  } catch (error) {
    if (!(error instanceof HessianError)) throw error
  }
}

test('random bytes give a value or a HessianError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 5_000 })
})

/** Random bytes rarely get past their first tag; tags of containers with small numbers in between go deep. */
const tags = fc.constantFrom(
  0x43,
  0x48,
  0x4d,
  0x4f,
  0x51,
  0x52,
  0x55,
  0x56,
  0x57,
  0x58,
  0x5a,
  0x60,
  0x70,
  0x71,
  0x79,
  0x7f,
  0x90,
  0x91,
  0x92,
  0x01,
  0x61,
  0x41,
  0x21,
  0x4e,
)

test('random containers, types, classes and references give a value or a HessianError', () => {
  fc.assert(
    fc.property(fc.array(tags, { maxLength: 60 }), (bytes) => survives(Uint8Array.from(bytes))),
    { numRuns: 10_000 },
  )
})

test('a body cut short anywhere is refused', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (value, share) => {
      const bytes = encoded(value)
      const cut = bytes.subarray(0, Math.floor(bytes.length * share * 0.999))
      assert.throws(() => decoded(cut), HessianError)
    }),
    { numRuns: 300 },
  )
})

test('a body with some bytes changed gives a value or a HessianError', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(values, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
      const bytes = Buffer.from(encoded(value))
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      survives(bytes)
    }),
    { numRuns: 500 },
  )
})

const hostile: readonly (readonly [what: string, bytes: Buffer, message: RegExp])[] = [
  ['no bytes', Buffer.alloc(0), /end within a value/],
  ['lists within lists for ever', Buffer.alloc(200_000, 0x79), /nested more than 100 deep/],
  ['maps within maps for ever', Buffer.alloc(200_000, 0x48), /nested more than 100 deep/],
  ['two billion items in five bytes', Buffer.from('58497fffffff', 'hex'), /2147483647 items where 0 bytes are left/],
  ['a negative number of items', Buffer.from('588f90', 'hex'), /-1 items/],
  ['a class of two billion fields', Buffer.from('430142497fffffff', 'hex'), /2147483647 fields where 0 bytes are left/],
  [
    'a million and more empty lists',
    Buffer.concat([Buffer.from('57', 'hex'), Buffer.alloc(1_100_000, 0x78), Buffer.from('5a', 'hex')]),
    /more than 1000000 values/,
  ],
  ['a reference to nothing', Buffer.from('5195', 'hex'), /no value 5 to refer to/],
  ['a class that is not there', Buffer.from('63', 'hex'), /no class 3/],
  ['a type that is not there', Buffer.from('4d935a', 'hex'), /no type 3/],
  ['a byte that begins nothing', Buffer.from('40', 'hex'), /0x40 begins no value/],
  ['a string of broken UTF-8', Buffer.from('01ff', 'hex'), /no UTF-8/],
  ['a string without its last chunk', Buffer.from('5200016190', 'hex'), /without its last chunk/],
  ['a date beyond all calendars', Buffer.from('4a7fffffffffffffff', 'hex'), /date beyond/],
  ['a map that holds itself, with keys of two types', Buffer.from('480161519091915a', 'hex'), /holds itself/],
]

for (const [what, bytes, message] of hostile)
  test(`refused: ${what}`, () => {
    assert.throws(
      () => decoded(bytes),
      (error) => error instanceof HessianError && message.test(error.message),
    )
  })

test('eight megabytes of anything are read or refused within the limits', () => {
  for (const tag of [0x43, 0x4e, 0x51, 0x52, 0x60, 0x70, 0x78, 0x90, 0xf8]) survives(Buffer.alloc(8 * 1024 * 1024, tag))
})
