import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadResponse, createResponseParser } from './response-parser.ts'

const ok = 'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\nContent-Length: 15\r\n\r\n{"order":"算"}'
const empty = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'

interface Seen {
  readonly status: number
  readonly body: string
  readonly closes: boolean
}

function parse(pieces: readonly Buffer[]): Seen[] {
  const seen: Seen[] = []
  const parser = createResponseParser(({ status, body, closes }) => seen.push({ status, body: body.toString(), closes }))
  // As a socket does: every piece in the same memory.
  const memory = Buffer.alloc(1_024)
  for (const piece of pieces) {
    piece.copy(memory)
    parser.feed(memory.subarray(0, piece.length))
  }
  assert.equal(parser.isInside, false)
  return seen
}

const expected: Seen[] = [
  { status: 201, body: '{"order":"算"}', closes: false },
  { status: 204, body: '', closes: true },
]

test('two responses, cut at every pair of places', () => {
  const bytes = Buffer.from(ok + empty)
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      assert.deepEqual(parse([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]), expected)
    }
  }
})

test('two responses, byte by byte', () => {
  const bytes = Buffer.from(ok + empty)
  assert.deepEqual(parse(Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))), expected)
})

const refused: readonly (readonly [name: string, response: string])[] = [
  ['not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['an older HTTP', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['an informational status', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['no length', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a huge body', 'HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n'],
  ['endless headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`],
]

for (const [name, response] of refused) {
  test(`refused: ${name}`, () => assert.throws(() => createResponseParser(() => undefined).feed(Buffer.from(response)), BadResponse))
}
