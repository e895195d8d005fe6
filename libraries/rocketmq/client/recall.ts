import type { Producer } from 'rocketmq-client-nodejs'
import { RocketMqError } from '../errors.ts'

/** `too_late`: the message was due already, or was never to be recalled. */
export type Recall = 'recalled' | 'too_late'

/**
 * The proxy reports whatever is wrong with a recall as a fault of its own (code 50001), as it does when its broker is away,
 * and the client hides the code in an error without one. Only the text tells what time mends and what it does not.
 */
export async function recall(client: Producer, topic: string, recallHandle: string): Promise<Recall> {
  try {
    await client.recallMessage(topic, recallHandle)
    return 'recalled'
  } catch (error) {
    const text = error instanceof Error ? error.message : ''
    if (text.includes('recall failed, timestamp invalid')) return 'too_late'
    if (/recall handle is invalid|recall failed, (operation is forbidden|the topic|topic not match)/.test(text)) throw new RocketMqError('refused', text, error)
    throw error
  }
}
