import type { DeliveredMessage, Subscription } from './port.ts'

/** A topic whose messages all have one shape. */
export interface Topic<Body> {
  readonly name: string
  /** The publishing service's store name. */
  readonly publisher: string
  readonly body: { decode(bytes: Uint8Array): Body }
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
