import assert from 'node:assert/strict'
import { topics } from '@suanpan/contracts/topics'
import type { DeliveredMessage } from '@suanpan/runtime/bus'
import { delivered } from '@suanpan/runtime/bus/testing'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createLogService } from './service.ts'

/** A message of one of the two publishers: that a platform was paid, or that an order is. */
export function message(nth: number, publisher: 'payment' | 'order' = nth % 2 === 0 ? 'payment' : 'order'): DeliveredMessage {
  const orderId = `ord_${nth}`
  const paymentId = `pay_${nth}`
  const about =
    publisher === 'payment'
      ? delivered(topics.paymentPaid, orderId, { paymentId, orderId, channel: 'CHANNEL_ALIPAY', amountFen: 100 + nth, paidAt: 1_000 })
      : delivered(topics.orderPaid, orderId, { orderId, userId: 'user-1', paidFen: 100 + nth, paymentId })
  return { ...about, id: `${orderId}:${publisher}` }
}

/** The service with what a test asks it, in one word each. */
export function logOn(store: Store) {
  const marks = countedMarks()
  const service = createLogService({ store, clock: manualClock(5_000), marks })
  return {
    marks: marks.counts,
    append: async (...messages: readonly DeliveredMessage[]) => {
      const [subscription] = service.subscriptions
      assert.ok(subscription !== undefined)
      return (await subscription.handle(messages)).map(({ kind }) => kind)
    },
    subscriptions: service.subscriptions,
    entries: async (page: { readonly afterSequence?: number; readonly limit?: number; readonly orderId?: string } = {}) =>
      (await service.implementation.listEntries({ afterSequence: 0, limit: 1_000, orderId: undefined, ...page }, directCall)).entries,
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ detail }) => detail),
  }
}
