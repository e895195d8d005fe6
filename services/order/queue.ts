import type { OrderAccepted } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import { askEach, subscriptionTo, type Bus, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { readOne, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import type { Saga } from './saga.ts'
import { orders } from './tables.ts'

/** The consumer group that works accepted orders off. */
export const queueGroup = 'order-queue'

export interface QueueLimits {
  /** Orders that may wait; past this a customer is refused early instead of waiting without end. */
  readonly maxWaiting: number
  readonly ordersPerSecond: number
}

export interface Queue {
  /** Looked up at most every `backlogAgeMs`: the bound is a safety valve, not a count of seats. */
  isFull(): Promise<boolean>
}

const backlogAgeMs = 50

export function createQueue(bus: Pick<Bus, 'backlog'>, clock: Clock, limits: QueueLimits): Queue {
  let waiting: Promise<number> | undefined
  let askedAt = 0
  return {
    isFull: async () => {
      // A clock that was put back must not make an old answer last.
      if (waiting === undefined || Math.abs(clock.now() - askedAt) >= backlogAgeMs) {
        askedAt = clock.now()
        waiting = bus.backlog(queueGroup)
      }
      return (await waiting) >= limits.maxWaiting
    },
  }
}

/**
 * Works accepted orders off at a bounded rate: so many a batch, then a pause that keeps the rate. An order whose saga
 * cannot be written is tried again by the bus; one that a crash interrupted is simply run once more.
 */
export function queueSubscription(store: Store, clock: Clock, saga: Saga, limits: QueueLimits): Subscription {
  const maxBatch = Math.max(1, Math.min(200, Math.floor(limits.ordersPerSecond / 10)))

  async function workOff({ body: { orderId } }: ReadMessage<OrderAccepted>): Promise<Verdict> {
    const order = await readOne(store.read, orders, orderId)
    if (order === undefined) return { kind: 'poison', because: `order ${orderId} is not in the book` }
    if (order.state === 'pending') await saga(order)
    return { kind: 'done' }
  }

  return subscriptionTo(topics.orderAccepted, {
    group: queueGroup,
    maxBatch,
    handle: async (messages) => {
      const beganAt = clock.now()
      const verdicts = await askEach(messages, workOff)
      const dueMs = (messages.length * 1000) / limits.ordersPerSecond
      const tookMs = clock.now() - beganAt
      if (tookMs < dueMs) await clock.sleep(dueMs - tookMs)
      return verdicts
    },
  })
}
