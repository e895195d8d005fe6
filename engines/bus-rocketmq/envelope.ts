import { Message } from '@suanpan/contracts/message'
import type { OutgoingMessage } from '@suanpan/runtime/bus'

/** A message as it travels; its topic is that of the broker's message that carries it. */
export function encodeEnvelope({ id, key, at, traceparent, notBeforeAt = 0, body }: OutgoingMessage): Uint8Array {
  return Message.encode({ id, key, at, traceparent, notBeforeAt, body }).finish()
}

/** Throws if the bytes are none. */
export function decodeEnvelope(topic: string, bytes: Uint8Array): OutgoingMessage & { readonly notBeforeAt: number } {
  const { id, key, at, traceparent, notBeforeAt, body } = Message.decode(bytes)
  if (id === '') throw new Error('the bytes are no message of ours: it has no id')
  return { id, topic, key, at, traceparent, notBeforeAt, body }
}
