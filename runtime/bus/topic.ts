import type { DeliveredMessage, OutgoingMessage, Subscription } from './port.ts'

/** A topic whose messages all have one shape: contracts list them. */
export interface Topic<Body> {
  readonly name: string
  /** The publishing service's store name. */
  readonly publisher: string
  readonly body: { encode(body: Body): { finish(): Uint8Array }; decode(bytes: Uint8Array): Body }
}

/** `what` happened to whatever the key names: together they are the message's id. */
export function messageTo<Body>(topic: Topic<Body>, key: string, what: string, body: Body, at: number, traceparent: string): OutgoingMessage {
  return { id: `${key}:${what}`, topic: topic.name, key, body: topic.body.encode(body).finish(), at, traceparent }
}

/** A delivered message, its body decoded. */
export type ReadMessage<Body> = Omit<DeliveredMessage, 'body'> & { readonly body: Body }

export interface TopicHandler<Body> extends Pick<Subscription, 'group' | 'maxBatch'> {
  handle(messages: readonly ReadMessage<Body>[]): ReturnType<Subscription['handle']>
}

/** A subscription to one topic. A body that cannot be decoded counts as a failure of its handler. */
export function subscriptionTo<Body>(topic: Topic<Body>, { group, maxBatch, handle }: TopicHandler<Body>): Subscription {
  return {
    group,
    topics: [topic.name],
    publisher: topic.publisher,
    maxBatch,
    handle: async (messages) => handle(messages.map((message) => ({ ...message, body: topic.body.decode(message.body) }))),
  }
}
