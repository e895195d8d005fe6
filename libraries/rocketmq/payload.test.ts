import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { batch, decodeBodies, encodeBodies, encodePayload, jsonOf, textOf, type Payload } from './payload.ts'

test('bytes stay as they are, text is UTF-8, anything else JSON', () => {
  const cases: readonly (readonly [Payload, string])[] = [
    [new Uint8Array([104, 105]), 'hi'],
    ['算盘', '算盘'],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    [7, '7'],
    [null, 'null'],
  ]
  for (const [payload, text] of cases) assert.equal(textOf(encodePayload(payload)), text)
})

test('what went in as JSON comes out', () => {
  fc.assert(fc.property(fc.object({ maxDepth: 3 }), (value) => assert.deepEqual(jsonOf(encodePayload(value)), JSON.parse(JSON.stringify(value)))))
})

const bodies = fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 20 })

test('a batch comes apart as it was put together, wherever its bytes lie', () => {
  fc.assert(
    fc.property(bodies, fc.nat(9), (members, offset) => {
      const framed = Buffer.concat([Buffer.alloc(offset), encodeBodies(members)]).subarray(offset)
      assert.deepEqual(
        decodeBodies(framed, members.length).map((body) => [...body]),
        members.map((body) => [...body]),
      )
    }),
  )
})

test('a batch that was cut, or is of another size, is none', () => {
  fc.assert(
    fc.property(bodies, fc.nat(), (members, cut) => {
      const framed = encodeBodies(members)
      assert.throws(() => decodeBodies(framed, members.length + 1), /no batch/)
      assert.throws(() => decodeBodies(framed.subarray(0, cut % framed.length), members.length), /no batch/)
    }),
  )
})

test('there is no batch of nothing', () => assert.throws(() => batch([]), TypeError))
