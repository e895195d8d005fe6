import { createLanes } from '@suanpan/runtime/lanes'
import { silentLog } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { ConsumeResult, type MessageView } from 'rocketmq-client-nodejs'
import { messageListener } from '../handling.ts'
import { listening, type ListenOptions } from '../listening.ts'
import { createTimers } from '../timers.ts'

/** As the broker delivers it. */
export interface Delivered {
  readonly key: string
  readonly attempt: number
  readonly body: Uint8Array
}

/** What a listener with these options makes of deliveries, on a clock that a test has in hand: hours pass in a moment, and no proxy is there. */
export function consuming(clock: Clock, options: ListenOptions): (delivery: Delivered) => Promise<'done' | 'again' | 'dead'> {
  const context = { clock, random: () => 0, log: silentLog, giveUpAfterMs: 0, connection: { endpoints: '', namespace: '' } }
  const buried = new Set<MessageView>()
  const settings = listening(options)
  const listener = messageListener(context, settings, createTimers(clock), createLanes(settings.concurrency), async (view) => {
    buried.add(view)
    return true
  })
  return async ({ key, attempt, body }) => {
    const view = { topic: options.topic, keys: [key], deliveryAttempt: attempt, properties: new Map(), body } as unknown as MessageView
    const result = await listener.consume(view)
    if (buried.has(view)) return 'dead'
    return result === ConsumeResult.SUCCESS ? 'done' : 'again'
  }
}
