import type { DeliveredMessage } from '../port.ts'

interface Topic<Body> {
  readonly name: string
  readonly body: { encode(body: Body): { finish(): Uint8Array } }
}

/** A message as a handler gets it the first time, for tests of handlers without a bus. */
export function delivered<Body>(topic: Topic<Body>, key: string, body: Body): DeliveredMessage {
  return { id: `${key}:${topic.name}`, topic: topic.name, key, body: topic.body.encode(body).finish(), at: 0, traceparent: '', attempt: 1 }
}
