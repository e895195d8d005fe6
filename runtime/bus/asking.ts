import { reasonOf } from '../reason.ts'
import type { DeliveredMessage, Subscription, Verdict } from './port.ts'

/**
 * Asks a group's handler about a batch; one verdict a message, in order, whatever the handler does. A batch that it fails
 * for good is taken apart, so that one message cannot fail its neighbours; who fails alone is told of.
 */
export async function askHandler(
  subscription: Pick<Subscription, 'handle'>,
  messages: readonly DeliveredMessage[],
  onError: (error: unknown) => void,
): Promise<readonly Verdict[]> {
  if (messages.length === 0) return []
  try {
    const verdicts = await subscription.handle(messages)
    if (verdicts.length !== messages.length) throw new Error(`${messages.length} messages got ${verdicts.length} verdicts`)
    return verdicts
  } catch (error) {
    if (messages.length > 1) {
      const half = Math.ceil(messages.length / 2)
      return [...(await askHandler(subscription, messages.slice(0, half), onError)), ...(await askHandler(subscription, messages.slice(half), onError))]
    }
    onError(error)
    return messages.map(() => failed(error))
  }
}

/** For handlers: a verdict on each message by itself, side by side. One that fails comes again, and its neighbours do not. */
export function askEach<Message>(messages: readonly Message[], ask: (message: Message) => Promise<Verdict>): Promise<Verdict[]> {
  return Promise.all(messages.map((message) => ask(message).catch(failed)))
}

function failed(error: unknown): Verdict {
  return { kind: 'retry', because: reasonOf(error) }
}
