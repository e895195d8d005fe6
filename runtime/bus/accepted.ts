import type { OutgoingMessage } from './port.ts'

/**
 * What of a batch goes out: the very messages that its accepted members announced, not whatever stands under their ids.
 * Members of one batch may announce different things under one id: two requests with one idempotency key, two that
 * bring about the same, two that have read the same row at different moments. Each is decided by itself, and so told by its
 * own message.
 *
 * Throws where the members contradict each other, or a message was not announced: then nothing is committed, and a
 * batcher takes the batch apart.
 */
export function acceptedOf(announced: readonly OutgoingMessage[], accepted: readonly OutgoingMessage[]): OutgoingMessage[] {
  const known = new Set(announced)
  const goingOut = new Map<string, OutgoingMessage>()
  for (const message of accepted) {
    const { id, body } = message
    if (!known.has(message)) throw new Error(`message ${id} was accepted, and never announced`)
    const other = goingOut.get(id)
    if (other !== undefined && !isSame(other.body, body)) throw new Error(`two messages ${id} of one batch were accepted, and say different things`)
    if (other === undefined) goingOut.set(id, message)
  }
  return [...goingOut.values()]
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
