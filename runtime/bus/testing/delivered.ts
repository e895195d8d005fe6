import type { DeliveredMessage } from '../port.ts'
import { messageTo, type Topic } from '../topic.ts'

/** A message as a handler gets it the first time, for tests of handlers without a bus. */
export function delivered<Body>(topic: Topic<Body>, key: string, body: Body): DeliveredMessage {
  return { ...messageTo(topic, key, topic.name, body, 0, ''), attempt: 1 }
}
