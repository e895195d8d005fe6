import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codecs } from './golden/codecs.ts'
import { readGoldens } from './golden/files.ts'

const goldens = readGoldens()

/** Fields that a later version added are not in the golden value; whatever is there must be read as it was written. */
function assertContains(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected !== 'object' || expected === null) return assert.equal(actual, expected, path)
  assert.ok(typeof actual === 'object' && actual !== null, `${path} is missing`)
  const decoded = actual as Record<string, unknown>
  if (Array.isArray(expected)) assert.equal(decoded['length'], expected.length, path)
  for (const [key, value] of Object.entries(expected)) assertContains(decoded[key], value, `${path}.${key}`)
}

test('every message has a golden encoding (npm run golden -w @suanpan/contracts adds one)', () => {
  assert.deepEqual(
    [...codecs.keys()].filter((fullName) => goldens[fullName] === undefined),
    [],
  )
})

for (const [fullName, { hex, value }] of Object.entries(goldens)) {
  test(`${fullName}: released bytes decode to the same value and are written again alike`, () => {
    const codec = codecs.get(fullName)
    assert.ok(codec !== undefined, 'a released message is gone')
    const decoded = codec.decode(Buffer.from(hex, 'hex'))
    assertContains(decoded, value, fullName)
    assert.equal(Buffer.from(codec.encode(decoded).finish()).toString('hex'), hex)
  })
}

test('numbers beyond what a JavaScript number holds exactly are refused, not rounded', () => {
  const userDeclaration = codecs.get('suanpan.user.v1.UserDeclaration')
  // Field 2 (int64), nine bytes of all ones: 2^63 - 1.
  assert.throws(() => userDeclaration?.decode(Buffer.from('10ffffffffffffffff7f', 'hex')))
})
