import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HessianError } from '../hessian/index.ts'
import { createFrameReader, FrameError, heartbeat, heartbeatAnswer, isReadOnlyNotice, readOnlyNotice, type Frame } from './frames.ts'
import { decodeAnswer, decodeCall, decodeFailure, encodeCall, encodeException, encodeFailure, encodeValue } from './messages.ts'

const limit = 1_000_000
const framesOf = (bytes: Buffer): Frame[] => createFrameReader(limit).push(bytes)
const only = (bytes: Buffer): Frame => {
  const [frame, ...others] = framesOf(bytes)
  assert.ok(frame !== undefined && others.length === 0)
  return frame
}

const head = { path: 'a.B', version: '1.0', method: 'c', descriptor: 'ILjava/lang/String;' }
const call = encodeCall(
  7n,
  head,
  (encoder) => {
    encoder.int(5)
    encoder.text('x')
  },
  { key: 'value' },
)

test('a call on the wire, byte by byte', () => {
  assert.equal(
    call.toString('hex'),
    [
      'dabbc200',
      '0000000000000007',
      '00000033',
      '05322e302e32',
      '03612e42',
      '03312e30',
      '0163',
      '13494c6a6176612f6c616e672f537472696e673b',
      '95',
      '0178',
      '48036b65790576616c75655a',
    ].join(''),
  )
})

test('heartbeats and the read-only notice on the wire', () => {
  assert.equal(heartbeat(1n).toString('hex'), 'dabbe2000000000000000001000000014e')
  assert.equal(heartbeatAnswer(1n).toString('hex'), 'dabb22140000000000000001000000014e')
  assert.equal(readOnlyNotice(1n).toString('hex'), 'dabba2000000000000000001000000020152')
  assert.ok(isReadOnlyNotice(only(readOnlyNotice(1n))))
  assert.ok(!isReadOnlyNotice(only(heartbeat(1n))))
})

test('what was sent is received: calls, values, exceptions, failures', () => {
  assert.deepEqual(decodeCall(only(call).body), { ...head, arguments: [5, 'x'], attachments: { key: 'value' } })
  const value = only(encodeValue(2n ** 64n - 1n, (encoder) => encoder.value([1]), { a: 'b' }))
  assert.deepEqual([value.id, decodeAnswer(value.body)], [2n ** 64n - 1n, { kind: 'value', value: [1], attachments: { dubbo: '2.0.2', a: 'b' } }])
  const exception = decodeAnswer(only(encodeException(1n, 'a.E', 'why', {})).body)
  assert.equal(exception.kind === 'exception' && JSON.stringify(exception.exception), '{"className":"a.E","fields":{"detailMessage":"why"}}')
  const failure = only(encodeFailure(1n, 70, 'why'))
  assert.deepEqual([failure.status, decodeFailure(failure.body)], [70, 'why'])
})

/** A Java answer begins with one of these numbers. */
const answers: readonly (readonly [hex: string, answer: ReturnType<typeof decodeAnswer>])[] = [
  ['910178', { kind: 'value', value: 'x', attachments: {} }],
  ['92', { kind: 'value', value: null, attachments: {} }],
  ['900178', { kind: 'exception', exception: 'x', attachments: {} }],
  ['9548016101625a', { kind: 'value', value: null, attachments: { a: 'b' } }],
]
for (const [hex, answer] of answers)
  test(`an answer of Java: ${hex}`, () => {
    assert.deepEqual(decodeAnswer(Buffer.from(hex, 'hex')), answer)
  })

test('frames arrive whole, however the network cuts them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 30 }), (cuts) => {
      const bytes = Buffer.concat([call, heartbeat(1n), readOnlyNotice(2n), call])
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
      const reader = createFrameReader(limit)
      const frames = places.slice(1).flatMap((end, index) => reader.push(bytes.subarray(places[index], end)))
      assert.deepEqual(frames, framesOf(bytes))
    }),
  )
})

test('a million chunks of one byte are gathered into one piece: no chunk is kept, and each byte is moved a few times at most', () => {
  const bytes = encodeValue(1n, (encoder) => encoder.text('x'.repeat(990_000)), {})
  const reader = createFrameReader(limit)
  // The same one every time, as if it had been used again for something else.
  const chunk = Buffer.alloc(1)
  const frames: Frame[] = []
  for (const byte of bytes) {
    chunk[0] = byte
    frames.push(...reader.push(chunk))
  }
  assert.deepEqual(frames, framesOf(bytes))
})

test('random bytes are frames, wait for more, or are refused', () => {
  const withMagic = fc.uint8Array({ minLength: 14, maxLength: 60 }).map((bytes) => Uint8Array.from([0xda, 0xbb, ...bytes]))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), withMagic), (bytes) => {
      try {
        framesOf(Buffer.from(bytes))
      } catch (error) {
        assert.ok(error instanceof FrameError)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('random and changed bodies of calls and answers are read or refused', () => {
  const changed = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }).map((changes) => {
    const bytes = Buffer.from(only(call).body)
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return bytes
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), (bytes) => {
      for (const read of [decodeCall, decodeAnswer]) {
        try {
          read(Buffer.from(bytes))
        } catch (error) {
          assert.ok(error instanceof HessianError)
        }
      }
      decodeFailure(Buffer.from(bytes))
    }),
    { numRuns: 3_000 },
  )
})

test('refused: other protocols, and frames beyond the limit', () => {
  assert.throws(() => framesOf(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n')), /does not speak dubbo/)
  assert.throws(() => framesOf(Buffer.from('dabbc200000000000000000100f42401', 'hex')), FrameError)
})

test('parameter types that are no Java descriptor are refused, and cost no time', () => {
  const withDescriptor = (descriptor: string): Buffer => only(encodeCall(1n, { ...head, descriptor }, () => {}, {})).body
  for (const descriptor of ['X', 'L', 'Ljava', '[', 'IIL;', '['.repeat(50_000), 'L'.repeat(50_000)])
    assert.throws(() => decodeCall(withDescriptor(descriptor)), HessianError)
})
