import type { RocketMq } from '@suanpan/rocketmq'
import type { Bus, RetryDelaysMs, Subscription } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import { inTime, type Clock } from '@suanpan/runtime/time'
import { createAnnouncer } from './announcing.ts'
import { createAvailability } from './availability.ts'
import { createChecker } from './checking.ts'
import { createConsumer, type Consumer } from './consumer.ts'
import { createHearing } from './hearing.ts'
import { backlogOf, figuresOf, listDeadLetters, replayDeadLetter, traceOf, type BusFigures } from './inspection.ts'
import { namesWith } from './names.ts'
import { createPruning } from './pruning.ts'
import { createPublishing } from './publishing.ts'
import { createRelay } from './relay.ts'
import { createTelling } from './telling.ts'

export interface RocketMqBusOptions {
  /** May serve the buses of several services; whoever opened it closes it, after the buses have stopped. */
  readonly rocketmq: RocketMq
  /** The service's own store, with the tables of `rocketMqBusSchema`: it publishes from it, and keeps in it what its groups received. */
  readonly store: Store
  /** Topics that this service publishes to; nobody else does. */
  readonly topics: readonly string[]
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  readonly retryDelaysMs: RetryDelaysMs
  /** Handled messages stay this long, for timelines and to know them again. */
  readonly retainMs: number
  /** Before every name at the broker, so that several installations can share one. */
  readonly prefix?: string
  /** How often to look for what other processes of this service left behind; a second, if absent. */
  readonly pollEveryMs?: number
  /** How long a transaction waits for a broker that has just gone away; a second, if absent. Those after it do not wait. */
  readonly announceWithinMs?: number
  /** A transaction that has not committed this long after its half message must go by the outbox; a minute, if absent. */
  readonly barAfterMs?: number
}

export interface RocketMqBus extends Bus {
  figures(): Promise<BusFigures>
}

/** The numbered SQL files of the bus, for every store of a service that publishes or receives. */
export const rocketMqBusSchema = new URL('./schema/', import.meta.url)

/** How long `start` waits for the broker, so that the first messages need not. */
const connectWithinMs = 3_000

/** How long `stop` waits for handlers under way; what they leave undone is delivered again later. */
const stopWithinMs = 5_000

/** The bus of one service over RocketMQ's transactional messages: README.md tells how a message travels. */
export function createRocketMqBus(options: RocketMqBusOptions): RocketMqBus {
  const { rocketmq, store, topics, clock, log, prefix = '', pollEveryMs = 1_000, announceWithinMs = 1_000, barAfterMs = 60_000 } = options
  const names = namesWith(prefix)
  const availability = createAvailability(clock)
  const subscriptions: Subscription[] = []
  const consumers: Consumer[] = []
  const shared = { ...options, names, availability, pollEveryMs, announceWithinMs }
  const telling = createTelling(shared)
  const relay = createRelay(shared)
  const hearing = createHearing({ ...shared, topics: topics.map(names.topic) })
  const pruning = createPruning({ ...shared, onError: (error) => log.warn({ error }, 'old messages could not be removed; it is tried again') })
  const check = createChecker({ ...shared, telling, barAfterMs })
  const publish = createPublishing({
    ...shared,
    announce: createAnnouncer(shared),
    telling,
    wakeRelay: relay.wake,
    ownGroups: (topic) => subscriptions.filter((known) => known.publisher === store.name && known.topics.includes(topic)).map(({ group }) => group),
  })

  return {
    publishIff: async (publisher, messages, work) => {
      if (publisher !== store) throw new Error(`the bus of ${store.name} publishes what is committed there, not in ${publisher.name}`)
      return publish(messages, work)
    },
    subscribe: (subscription) => {
      subscriptions.push(subscription)
      for (const topic of subscription.topics) consumers.push(createConsumer({ ...shared, subscription, topic }))
    },
    start: async () => {
      for (const topic of topics) rocketmq.checkTransactions(names.topic(topic), check)
      for (const part of [...consumers, telling, relay, pruning, hearing]) part.start()
      // With the broker away, or slow, everything goes on, and connects when it can.
      await rocketmq.health(connectWithinMs)
    },
    stop: async () => {
      await Promise.all(
        [relay.stop(), pruning.stop(), hearing.stop(), ...consumers.map((consumer) => consumer.stop(stopWithinMs))].map((end) =>
          inTime(clock, stopWithinMs, end),
        ),
      )
      await inTime(clock, stopWithinMs, telling.stop())
    },
    backlog: async (group) => {
      const counts = await Promise.all(subscriptions.filter((known) => known.group === group).map((known) => backlogOf(store.read, known)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    deadLetters: (page) => listDeadLetters(store.read, page),
    replay: async (deadLetterId) => {
      const row = await replayDeadLetter(store, deadLetterId, clock.now())
      for (const consumer of consumers) if (consumer.topic === row?.topic) consumer.wake()
      return row !== undefined
    },
    figures: () => figuresOf(store.read, clock.now(), hearing.askedUntil(clock.now())),
    trace: (key) => traceOf(store.read, subscriptions, key),
  }
}
