import type { MessageOptions, MessageView } from 'rocketmq-client-nodejs'
import { parseDestination } from './destination.ts'
import { Batch, decodeBodies, encodeBodies, encodePayload, type Payload } from './payload.ts'

export interface SendOptions {
  /**
   * What the message is about, by which consumers tell that they know it already: the same for each try. Without one, each
   * send makes one. (The broker's message id is no such thing: a second try has another, and two containers may have the same.)
   */
  readonly key?: string
  /** For receivers and for SQL filters. */
  readonly properties?: { readonly [name: string]: string }
  /** How long to try while proxy or broker are away. */
  readonly withinMs?: number
}

/** A message as its receivers see it. */
export interface Received {
  readonly topic: string
  readonly tag: string | undefined
  /** The sender's key. Other clients may send without one. */
  readonly key: string | undefined
  readonly messageId: string
  /** From 1; the broker counts a delivery whose consumer died, too. */
  readonly attempt: number
  /** What ordered messages are in order of. */
  readonly orderedBy: string | undefined
  readonly sentAt: number | undefined
  readonly properties: ReadonlyMap<string, string>
  readonly body: Uint8Array
  /** The members of a batch; of any other message its one body. Reading it throws if it says that it is a batch and is none. */
  readonly bodies: readonly Uint8Array[]
}

/** Where the message was sent to: the broker does not tell it of dead letters. */
export const originProperty = 'origin-topic'
/** The one group that a replayed dead letter is for. */
export const replayProperty = 'replay-group'
const batchProperty = 'batch-size'

/** What the client is to send, without the time or order that some have. */
export function outgoing(destination: string, payload: Payload | Batch, key: string, properties: SendOptions['properties']): MessageOptions {
  const { topic, tag } = parseDestination(destination)
  const all = new Map(Object.entries(properties ?? {}))
  all.set(originProperty, topic)
  if (payload instanceof Batch) all.set(batchProperty, String(payload.payloads.length))
  const body = payload instanceof Batch ? encodeBodies(payload.payloads.map(encodePayload)) : Buffer.from(encodePayload(payload))
  if (body.length === 0) throw new TypeError('RocketMQ takes no message with an empty body')
  return { topic, ...(tag === undefined ? {} : { tag }), keys: [key], properties: all, body }
}

export function received(view: MessageView): Received {
  const size = view.properties.get(batchProperty)
  return {
    topic: view.topic,
    tag: view.tag === '' ? undefined : view.tag,
    key: view.keys[0],
    messageId: view.messageId,
    attempt: Math.max(1, view.deliveryAttempt ?? 1),
    orderedBy: view.messageGroup === '' ? undefined : view.messageGroup,
    sentAt: view.bornTimestamp?.getTime(),
    properties: view.properties,
    body: view.body,
    get bodies() {
      return size === undefined ? [view.body] : decodeBodies(view.body, Number(size))
    },
  }
}
