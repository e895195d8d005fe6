import type { Store } from '../store/index.ts'
import { inTime } from '../time/index.ts'
import { acceptedOf } from './accepted.ts'
import { createConsumer, type Consumer, type ReadingOptions } from './consumer.ts'
import { backlogOf, listDeadLetters, replayDeadLetter, traceOf } from './inspection.ts'
import { settleIfMoved } from './moved.ts'
import type { Bus, Subscription } from './port.ts'
import { createPruner } from './pruner.ts'
import { messageRowOf, publishedMessages } from './tables.ts'
import { createTopicTail, type TopicTail } from './topic-tail.ts'

export interface StoreBusOptions extends ReadingOptions {
  /** Every store whose commits publish, with the bus's tables (`busSchema`) in it. */
  readonly stores: readonly Store[]
  /** Handled messages stay this long, for timelines. */
  readonly retainMs: number
}

/** The numbered SQL files of the bus, for every publishing store. */
export const busSchema = new URL('./schema/', import.meta.url)

/** How long `stop` waits for handlers under way; what they leave undone is delivered again later. */
const stopWithinMs = 5_000

/**
 * The bus in the store: a message is a row of the transaction that it tells of, and each group reads from a cursor of
 * its own. Several processes may share the stores; a lease lets one at a time read for a group.
 */
export function createStoreBus(options: StoreBusOptions): Bus {
  const { stores, clock } = options
  const subscriptions: Subscription[] = []
  const consumers = new Map<string, Consumer[]>()
  const tails = new Map<string, TopicTail>()
  const pruner = createPruner(options, subscriptions)

  function storeOf(publisher: string): Store {
    const store = stores.find(({ name }) => name === publisher)
    if (store === undefined) throw new Error(`no store of "${publisher}" publishes on this bus`)
    return store
  }

  function tailOf(topic: string, store: Store): TopicTail {
    const known = tails.get(topic)
    if (known !== undefined) return known
    const tail = createTopicTail({ store, topic, clock, lookEveryMs: options.pollEveryMs })
    tails.set(topic, tail)
    return tail
  }

  function wake(topic: string): void {
    tails.get(topic)?.announce()
    for (const consumer of consumers.get(topic) ?? []) consumer.wake()
  }

  return {
    publishIff: (store, messages, work) =>
      store.transact(async (tx) => {
        const { result, accepted } = await work(tx)
        const published = acceptedOf(messages, accepted)
        tx.insertMissing(publishedMessages, published.map(messageRowOf))
        if (published.length > 0) tx.afterCommit(() => new Set(published.map(({ topic }) => topic)).forEach(wake))
        return result
      }),
    subscribe: (subscription) => {
      subscriptions.push(subscription)
      const store = storeOf(subscription.publisher)
      for (const topic of subscription.topics) {
        const consumer = createConsumer({ ...options, store, subscription, topic, tail: tailOf(topic, store) })
        consumers.set(topic, [...(consumers.get(topic) ?? []), consumer])
      }
    },
    start: async () => {
      for (const store of stores) if (await settleIfMoved(store)) options.marks.mark('bus.moved')
      for (const consumer of [...consumers.values()].flat()) consumer.start()
      pruner.start()
    },
    stop: async () => {
      await inTime(clock, stopWithinMs, Promise.all([pruner, ...[...consumers.values()].flat()].map((worker) => worker.stop())))
    },
    backlog: async (group) => {
      const subscription = subscriptions.find((known) => known.group === group)
      return subscription === undefined ? 0 : backlogOf(storeOf(subscription.publisher), subscription)
    },
    deadLetters: (page) => listDeadLetters(stores, page),
    replay: async (deadLetterId) => {
      for (const store of stores) {
        const topic = await replayDeadLetter(store, deadLetterId, clock.now())
        if (topic === undefined) continue
        wake(topic)
        return true
      }
      return false
    },
    trace: (key) => traceOf(stores, subscriptions, key),
  }
}
