import { createLanes } from '@suanpan/runtime/lanes'
import { inTime } from '@suanpan/runtime/time'
import type { MessageView } from 'rocketmq-client-nodejs'
import { backOffMs } from './back-off.ts'
import { by } from './by.ts'
import { ConsumerClient } from './client/consumer-client.ts'
import { startClient, stopClient, type Started } from './client/start.ts'
import { clientOptions, type Context } from './context.ts'
import { reasonOf, RocketMqError } from './errors.ts'
import { messageListener } from './handling.ts'
import { listening, type ListenOptions } from './listening.ts'
import { createTimers } from './timers.ts'

export interface Stopped {
  /** Messages that were not finished in time: the broker gives them to others, or to this group's next listener. */
  readonly unfinished: number
}

export interface Listener {
  readonly topic: string
  readonly group: string
  /**
   * Resolves once messages can come. While the proxy is away or knows no such topic, it is tried again with back-off.
   * Rejects if the group is ordered and should not be or the other way round, and if it is stopped before.
   */
  readonly ready: Promise<void>
  /** Messages under way, and messages that wait for a lane. */
  readonly load: { readonly running: number; readonly waiting: number }
  readonly isStopped: boolean
  /** Messages that it has made dead letters of the broker's. */
  readonly buriedMessages: number
  /** Throws why no messages can come now. */
  probe(withinMs: number): Promise<void>
  /** Takes no more messages, finishes those it has, and is over within this time, whatever handlers, proxy and broker do. */
  stop(withinMs?: number): Promise<Stopped>
}

export const usualStopWithinMs = 10_000
const farewellMs = 1_000

export function createListener(context: Context, options: ListenOptions): Listener {
  const { clock, random, log } = context
  const settings = listening(options)
  const { topic, group, filter, ordered, retryDelaysMs, collectMs } = settings
  // The client starts a listener for each message it was given: 1,024 at once were seen. A smaller cache in it is no way
  // out: it waits a second each time it is full.
  const lanes = createLanes(settings.concurrency)
  const stopping = Promise.withResolvers<void>()
  const timers = createTimers(clock)
  let isStopping = false
  let buriedMessages = 0
  let stopped: Promise<Stopped> | undefined
  let started: Started<ConsumerClient> | undefined
  /** Why the last start failed. */
  let trouble: string | undefined

  const collect = async (): Promise<void> => {
    if (collectMs > 0) await new Promise<void>((resolve) => void timers.after(collectMs, resolve))
  }

  function open(): ConsumerClient {
    const bury = async (view: MessageView): Promise<boolean> => {
      const isBuried = await client.bury(view)
      if (isBuried) buriedMessages++
      return isBuried
    }
    const messages = messageListener(context, settings, timers, lanes, bury)
    const subscriptions = new Map([[topic, filter]])
    const client = new ConsumerClient(
      { ...clientOptions(context, { topic, group }), consumerGroup: group, subscriptions, messageListener: messages },
      retryDelaysMs,
      collect,
    )
    return client
  }

  async function start(): Promise<void> {
    for (let attempt = 1; !isStopping; attempt++) {
      try {
        started = await startClient(clock, open(), stopping.promise)
        break
      } catch (error) {
        if (isStopping) break
        trouble = reasonOf(error)
        log.warn({ topic, group, error: trouble }, 'the listener could not be started: it will be tried again')
        await inTime(clock, backOffMs(attempt, random), stopping.promise)
      }
    }
    if (started === undefined) throw new RocketMqError('closed', `the listener of ${group} was stopped before it had started`)
    if (started.client.isOrdered === ordered) return
    await stopClient(clock, started, 0)
    throw new RocketMqError('refused', `group ${group} is ${ordered ? 'not ' : ''}an ordered one at the broker, and the listener says the opposite`)
  }

  const ready = start()
  ready.catch((error: unknown) => {
    if (!isStopping) log.error({ topic, group, error }, 'the listener does not run')
  })

  async function end(withinMs: number): Promise<Stopped> {
    isStopping = true
    stopping.resolve()
    const until = clock.now() + withinMs
    await inTime(
      clock,
      withinMs,
      ready.catch(() => {}),
    )
    if (started === undefined) return { unfinished: 0 }
    const { client } = started
    const isDrained = await stopClient(clock, { client, cutOff: async () => {} }, until - clock.now())
    const unfinished = lanes.running + lanes.waiting
    timers.drop()
    client.giveUp()
    // The proxy may not even answer the farewell.
    await inTime(clock, farewellMs, started.cutOff())
    return { unfinished: isDrained ? 0 : unfinished }
  }

  return {
    topic,
    group,
    ready,
    get load() {
      return { running: lanes.running, waiting: lanes.waiting }
    },
    get isStopped() {
      return isStopping
    },
    get buriedMessages() {
      return buriedMessages
    },
    probe: (withinMs) =>
      by(
        clock,
        clock.now() + withinMs,
        ready.then(() => started?.client.probe()),
        () => (started === undefined ? trouble : undefined),
      ),
    stop: (withinMs = usualStopWithinMs) => (stopped ??= end(withinMs)),
  }
}
