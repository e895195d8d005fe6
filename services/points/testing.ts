import assert from 'node:assert/strict'
import { topics } from '@suanpan/contracts/topics'
import { delivered } from '@suanpan/runtime/bus/testing'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createPointsService } from './service.ts'

/** The service with what a test asks it, in one word each. */
export function pointsOn(store: Store) {
  const marks = countedMarks()
  const service = createPointsService({ store, clock: manualClock(5_000), marks })
  const [grant, reverse] = service.subscriptions
  assert.ok(grant !== undefined && reverse !== undefined)
  return {
    marks: marks.counts,
    pay: async (...paid: readonly (readonly [orderId: string, userId: string, paidFen: number])[]) => {
      const verdicts = await grant.handle(
        paid.map(([orderId, userId, paidFen]) => delivered(topics.orderPaid, orderId, { orderId, userId, paidFen, paymentId: '' })),
      )
      return verdicts.map(({ kind }) => kind)
    },
    refund: async (...refunds: readonly (readonly [refundId: string, orderId: string, amountFen: number])[]) => {
      const verdicts = await reverse.handle(
        refunds.map(([refundId, orderId, amountFen]) =>
          delivered(topics.orderRefunded, orderId, { refundId, orderId, userId: 'user-1', amountFen, balanceFen: 0, isFull: false }),
        ),
      )
      return verdicts.map(({ kind }) => kind)
    },
    points: async (...userIds: readonly string[]) =>
      (await service.implementation.getPoints({ userIds: [...userIds] }, directCall)).balances.map(({ points }) => points),
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ detail }) => detail),
    effects: async () => (await service.effects.listEffects({ orderIds: [], afterOrderId: '', limit: 100 }, directCall)).effects,
  }
}
