import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encoderOf } from './encoder.ts'
import type { Codec } from './port.ts'

/** Writes texts letter by letter, and none with a space, as what ts-proto generates writes messages field by field. */
class Letters {
  written = ''
  finish(): Uint8Array {
    const bytes = Buffer.from(this.written)
    this.written = ''
    return bytes
  }
}

const letters: Codec<string> & { readonly writers: Set<Letters> } = {
  writers: new Set(),
  encode: (text, writer) => {
    const used = writer instanceof Letters ? writer : new Letters()
    letters.writers.add(used)
    for (const letter of text) {
      if (letter === ' ') throw new RangeError('no letter')
      used.written += letter
    }
    return used
  },
  decode: (bytes) => Buffer.from(bytes).toString(),
}

test('one writer writes message after message; one that failed half-way, or wrote much, writes no other', () => {
  const encode = encoderOf(letters)
  const large = 'x'.repeat(100_000)
  const cases = [
    { said: 'one', writers: 1 },
    { said: 'two', writers: 1 },
    { said: 'half way', writers: 1 },
    { said: 'three', writers: 2 },
    { said: large, writers: 2 },
    { said: 'four', writers: 3 },
  ]
  for (const { said, writers } of cases) {
    if (said.includes(' ')) assert.throws(() => encode(said), { name: 'RangeError' })
    else assert.equal(letters.decode(encode(said)), said)
    assert.equal(letters.writers.size, writers, said.slice(0, 9))
  }
})
