import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { decodeEnvelope, encodeEnvelope } from './envelope.ts'
import { packed } from './parcels.ts'

const message = (id: string, topic: string, bytes = 1): OutgoingMessage => ({ id, topic, key: id, body: new Uint8Array(bytes), at: 0, traceparent: '' })
const many = (count: number, topic: string, bytes = 1) => Array.from({ length: count }, (_, index) => message(`${topic}${index}`, topic, bytes))

const cases: readonly (readonly [what: string, messages: readonly OutgoingMessage[], parcels: readonly string[]])[] = [
  ['nothing', [], []],
  ['one topic travels together', many(100, 'a'), ['a 100']],
  ['topics travel apart, each in its order', [message('1', 'a'), message('2', 'b'), message('3', 'a')], ['a 2', 'b 1']],
  ['256 messages fill a parcel', many(257, 'a'), ['a 256', 'a 1']],
  ['half a mebibyte fills a parcel', many(3, 'a', 200_000), ['a 2', 'a 1']],
  ['what is too large for a parcel travels alone', [message('1', 'a'), message('2', 'a', 900_000), message('3', 'a')], ['a 1', 'a 1', 'a 1']],
]

for (const [what, messages, parcels] of cases) {
  test(`packing: ${what}`, () => {
    assert.deepEqual(
      packed(messages).map(({ topic, envelopes }) => `${topic} ${envelopes.length}`),
      parcels,
    )
  })
}

test('no message is lost or doubled by packing', () => {
  const messages = [...many(600, 'a'), ...many(5, 'b', 300_000)]
  assert.deepEqual(
    packed(messages).flatMap((parcel) => parcel.messages),
    messages,
  )
})

test('what a message says survives its envelope', () => {
  const said = { id: 'o:paid', topic: 'order.paid', key: 'o', at: 1_700_000_000_000, traceparent: '00-1-1-01', notBeforeAt: 5, body: Uint8Array.of(0, 255) }
  const { body, ...rest } = decodeEnvelope('order.paid', encodeEnvelope(said))
  assert.deepEqual({ ...rest, body: Uint8Array.from(body) }, said)
})

for (const [what, bytes] of [
  ['text', new TextEncoder().encode('hello')],
  ['a message of another type, without an id', Uint8Array.of(0x18, 1)],
  ['an id longer than what a table can look up', encodeEnvelope(message('x'.repeat(513), 'order.paid'))],
  ['an id that no table can hold', encodeEnvelope(message('o\0', 'order.paid'))],
  ['a trace that no table can hold', encodeEnvelope({ ...message('o', 'order.paid'), traceparent: '\0' })],
] as const) {
  test(`what is no envelope is told from one: ${what}`, () => {
    assert.throws(() => decodeEnvelope('order.paid', bytes))
  })
}
