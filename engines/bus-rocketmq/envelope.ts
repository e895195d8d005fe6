import { Message } from '@suanpan/contracts/message'
import type { OutgoingMessage } from '@suanpan/runtime/bus'

/** A message as it travels; its topic is that of the broker's message that carries it. */
export function encodeEnvelope({ id, key, at, traceparent, notBeforeAt = 0, body }: OutgoingMessage): Uint8Array {
  return Message.encode({ id, key, at, traceparent, notBeforeAt, body }).finish()
}

/** An id becomes part of a key in the tables, of which PostgreSQL takes 2.7 kB: a longer one would never be written down. */
const maxIdLength = 512

/** Throws if the bytes are none that the tables could hold. */
export function decodeEnvelope(topic: string, bytes: Uint8Array): OutgoingMessage & { readonly notBeforeAt: number } {
  const { id, key, at, traceparent, notBeforeAt, body } = Message.decode(bytes)
  if (id === '') throw new Error('the bytes are no message of ours: it has no id')
  if (id.length > maxIdLength) throw new Error(`the bytes are no message of ours: its id has ${id.length} characters, more than ${maxIdLength}`)
  if ([id, key, traceparent].some((text) => text.includes('\0'))) throw new Error('the bytes are no message of ours: a text in it has a NUL character')
  return { id, topic, key, at, traceparent, notBeforeAt, body }
}
