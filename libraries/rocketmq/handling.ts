import type { Lanes } from '@suanpan/runtime/lanes'
import { valueInTime } from '@suanpan/runtime/time'
import { ConsumeResult, type MessageListener, type MessageView } from 'rocketmq-client-nodejs'
import type { Context } from './context.ts'
import type { Timers } from './timers.ts'
import type { Listening, Verdict } from './listening.ts'
import { received, replayProperty } from './message.ts'

/**
 * What the client is to call for each message: it asks the handler, in a lane, and turns its verdict into what is told to
 * the broker.
 */
export function messageListener(
  context: Context,
  listening: Listening,
  timers: Timers,
  lanes: Lanes,
  bury: (view: MessageView) => Promise<boolean>,
): MessageListener {
  const { log } = context
  const { topic, group, ordered, retryDelaysMs, handleWithinMs, handle } = listening

  async function ask(view: MessageView): Promise<Verdict> {
    const message = received(view)
    const facts = { topic, group, key: message.key, attempt: message.attempt }
    try {
      const verdict = await valueInTime(timers, handleWithinMs, handle(message), undefined)
      if (verdict !== undefined) return verdict
      log.error(facts, `the handler has not come to an end within ${handleWithinMs} ms: the message will come again`)
    } catch (error) {
      log.error({ ...facts, error }, 'the handler failed')
    }
    return 'retry'
  }

  async function buried(view: MessageView): Promise<ConsumeResult> {
    const key = view.keys[0]
    try {
      if (await bury(view)) {
        log.warn({ topic, group, key }, 'the message became a dead letter')
        return ConsumeResult.SUCCESS
      }
      log.warn({ topic, group, key }, 'the broker did not take the message as a dead letter: it will come again')
    } catch (error) {
      log.warn({ topic, group, key, error }, 'the message could not be made a dead letter: it will come again')
    }
    return ConsumeResult.FAILURE
  }

  async function consume(view: MessageView): Promise<ConsumeResult> {
    switch (await ask(view)) {
      case 'done':
        return ConsumeResult.SUCCESS
      case 'dead_letter':
        return buried(view)
      case 'retry':
        // Of an ordered group the client itself makes the dead letter. Otherwise only the broker would, by a table of its own.
        return !ordered && (view.deliveryAttempt ?? 1) > retryDelaysMs.length ? buried(view) : ConsumeResult.FAILURE
    }
  }

  return {
    consume: async (view) => {
      const forGroup = view.properties.get(replayProperty)
      return forGroup !== undefined && forGroup !== group ? ConsumeResult.SUCCESS : lanes.run(() => consume(view))
    },
  }
}
