import type { Listener, Received, RocketMq, Verdict as Answer } from '@suanpan/rocketmq'
import { createBatcher } from '@suanpan/runtime/batcher'
import { askHandler, cursorIdOf, type OutgoingMessage, type RetryDelaysMs, type Subscription } from '@suanpan/runtime/bus'
import { paired } from '@suanpan/runtime/paired'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { decodeEnvelope } from './envelope.ts'
import { deliveryIdOf, type Pending } from './fates.ts'
import type { Names } from './names.ts'
import { GaveUp, throughOutages } from './persisting.ts'
import { createRedelivery } from './redelivery.ts'
import { createSettling } from './settling.ts'
import { deliveries } from './tables.ts'

export interface ConsumerOptions {
  readonly rocketmq: RocketMq
  readonly store: Store
  readonly subscription: Subscription
  readonly topic: string
  readonly names: Names
  readonly clock: Clock
  readonly log: Log
  readonly marks: Marks
  readonly retryDelaysMs: RetryDelaysMs
  /** How often to look for what other processes left behind. */
  readonly pollEveryMs: number
}

/** Reads one topic for one group. */
export interface Consumer {
  readonly topic: string
  start(): void
  /** Something is to be handed out again. */
  wake(): void
  /** Takes nothing more, and lets the handler finish. */
  stop(withinMs: number): Promise<void>
}

/** Messages of the broker that are under way at once; each carries up to some hundred of ours. */
const concurrency = 32
/**
 * After a delivery the broker's next messages collect for this long: an idle group is asked at once, a busy one about more
 * at a time. Nobody waits for it, and however little is in it, it costs two calls of the broker, a read and two transactions.
 */
const collectMs = 100
/**
 * How often groups at the broker have to allow a message to be delivered again: it is what a process left unfinished, and
 * goes on being delivered for longer than any of our stores is away. The broker's dead letters are the last resort; the
 * process that gets it for the last time puts it there, as nobody counts what the broker puts there by itself.
 */
export const brokerRetries = 1_000
const firstDelaysMs = [1_000, 5_000, 10_000, 30_000]
const brokerDelaysMs = Array.from({ length: brokerRetries }, (_, index) => firstDelaysMs[index] ?? 60_000)
/**
 * A handler that waits for the store keeps its lane, for as long as a timer can tell. Were it given up, the message would
 * come again, and wait once more beside itself.
 */
const handleWithinMs = 20 * 24 * 60 * 60_000

export function createConsumer(options: ConsumerOptions): Consumer {
  const { rocketmq, store, subscription, topic, names, clock, log, marks } = options
  const { group, maxBatch } = subscription
  const settle = createSettling({ ...options, group })
  let listener: Listener | undefined
  let isStopping = false
  const persisting = {
    clock,
    isStopping: () => isStopping,
    onError: (error: unknown) => {
      marks.mark('bus.store_away')
      log.warn({ group, topic, error }, 'the store does not answer: the messages at hand wait for it')
    },
  }

  /** Asks the group, and writes its answers down, however long that takes. */
  async function work(pending: readonly Pending[]): Promise<void> {
    const now = clock.now()
    // Those with a time of their own come in the order of their times, after those without.
    const due = pending.filter((entry) => dueAt(entry) <= now).toSorted((one, other) => dueAt(one) - dueAt(other))
    const messages = due.map(({ message, attempts }) => ({ ...message, attempt: attempts + 1 }))
    const verdicts = await askHandler(subscription, messages, (error) => log.warn({ group, topic, error }, 'a message was not handled; it comes again'))
    const answers = new Map(paired(due, verdicts))
    const againAt = await throughOutages(persisting, () => settle(pending, answers))
    if (againAt !== undefined) redelivery.wake(againAt)
  }

  const redelivery = createRedelivery({ ...options, queueId: cursorIdOf(group, topic), maxBatch, work })

  async function takeIn(messages: readonly OutgoingMessage[]): Promise<readonly boolean[]> {
    const idOf = ({ id }: OutgoingMessage) => deliveryIdOf(group, topic, id)
    try {
      const known = await throughOutages(persisting, () => store.read.get(deliveries, messages.map(idOf)))
      const fresh = new Map<string, Pending>()
      for (const message of messages) {
        const row = known.get(idOf(message))
        if (row !== undefined && row.state !== 'waiting') marks.mark('bus.duplicate_dropped')
        else fresh.set(idOf(message), { message, attempts: 0, isKnown: row !== undefined })
      }
      if (fresh.size > 0) await work([...fresh.values()])
      return messages.map(() => true)
    } catch (error) {
      if (error instanceof GaveUp) return messages.map(() => false)
      throw error
    }
  }

  // How many wait is bounded by how many of the broker's messages are under way: each is until all that it carries is settled.
  const maxQueued = Number.MAX_SAFE_INTEGER
  const intake = createBatcher({ name: `bus.${group}`, clock, maxItems: maxBatch, maxQueued, flush: takeIn })

  async function handle(received: Received): Promise<Answer> {
    if (received.attempt > 1) marks.mark('bus.redelivered')
    if (received.attempt >= brokerRetries) {
      log.error(
        { group, topic, key: received.key, messageId: received.messageId },
        'a message came as often as the broker brings it, and no process finished it',
      )
      return 'dead_letter'
    }
    let messages: readonly OutgoingMessage[]
    try {
      messages = received.bodies.map((body) => decodeEnvelope(topic, body))
    } catch (error) {
      log.error({ group, topic, key: received.key, messageId: received.messageId, error }, 'what the broker delivered is no message of ours: it was put aside')
      return 'dead_letter'
    }
    const isSettled = await Promise.all(messages.map(intake.add))
    return isSettled.every(Boolean) ? 'done' : 'retry'
  }

  return {
    topic,
    start: () => {
      listener ??= rocketmq.listen({
        topic: names.topic(topic),
        group: names.group(group, topic),
        concurrency,
        collectMs,
        retryDelaysMs: brokerDelaysMs,
        handleWithinMs,
        handle,
      })
      redelivery.start()
    },
    wake: () => redelivery.wake(),
    stop: async (withinMs) => {
      isStopping = true
      await Promise.all([listener?.stop(withinMs), redelivery.stop()])
    },
  }
}

const dueAt = ({ message }: Pending): number => message.notBeforeAt ?? 0
