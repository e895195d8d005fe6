import type { OutgoingMessage } from '@suanpan/runtime/bus'
import { encodeEnvelope } from './envelope.ts'

/** Messages of one topic that travel as one message of the broker. */
export interface Parcel {
  readonly topic: string
  readonly messages: readonly OutgoingMessage[]
  readonly envelopes: readonly Uint8Array[]
}

/** A handler gets about as many at once; more save little. */
const mostMessages = 256
/** Half of what the broker takes: bodies are stored twice, and a small message more must not tip the scales. */
const mostBytes = 524_288

/** Packs messages by topic, in their order. One that is too large for a parcel travels alone. */
export function packed(messages: readonly OutgoingMessage[]): Parcel[] {
  const parcels: { topic: string; messages: OutgoingMessage[]; envelopes: Uint8Array[]; bytes: number }[] = []
  const open = new Map<string, (typeof parcels)[number]>()
  for (const message of messages) {
    const envelope = encodeEnvelope(message)
    let parcel = open.get(message.topic)
    if (parcel === undefined || parcel.messages.length === mostMessages || parcel.bytes + envelope.length > mostBytes) {
      parcel = { topic: message.topic, messages: [], envelopes: [], bytes: 0 }
      parcels.push(parcel)
      open.set(message.topic, parcel)
    }
    parcel.messages.push(message)
    parcel.envelopes.push(envelope)
    parcel.bytes += envelope.length
  }
  return parcels
}
