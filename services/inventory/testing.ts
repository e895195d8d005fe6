import assert from 'node:assert/strict'
import { topics } from '@suanpan/contracts/topics'
import { delivered } from '@suanpan/runtime/bus/testing'
import { directCall } from '@suanpan/runtime/rpc/testing'
import type { Store } from '@suanpan/runtime/store'
import { countedMarks } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { createInventoryService } from './service.ts'
import type { Line } from './tables.ts'

/** The service with what a test asks it, in one word each. */
export async function inventoryOn(store: Store, stock: { readonly [sku: string]: number }) {
  const marks = countedMarks()
  const service = createInventoryService({ store, clock: manualClock(5_000), marks })
  const [release, sell] = service.subscriptions
  assert.ok(release !== undefined && sell !== undefined)
  const importStock = async (received: { readonly [sku: string]: number }) => {
    const declared = Object.entries(received).map(([sku, receivedUnits]) => ({ sku, receivedUnits }))
    return (await service.implementation.importStock({ stock: declared }, directCall)).results.map(
      ({ key, outcome }) => `${key} ${outcome.replace('IMPORT_OUTCOME_', '')}`,
    )
  }
  await importStock(stock)
  return {
    marks: marks.counts,
    importStock,
    reserve: async (...orders: readonly (readonly [orderId: string, ...lines: (readonly [sku: string, quantity: number])[]])[]) => {
      const reservations = orders.map(([orderId, ...lines]) => ({ orderId, lines: lines.map(([sku, quantity]): Line => ({ sku, quantity })) }))
      return (await service.implementation.reserve({ reservations }, directCall)).results.map(({ outcome }) => outcome.replace('RESERVE_OUTCOME_', ''))
    },
    cancel: (...orderIds: readonly string[]) =>
      release.handle(orderIds.map((orderId) => delivered(topics.orderCancelled, orderId, { orderId, reason: 'CANCEL_REASON_CUSTOMER' }))),
    pay: async (...orderIds: readonly string[]) => {
      const verdicts = await sell.handle(
        orderIds.map((orderId) => delivered(topics.orderPaid, orderId, { orderId, userId: 'user-1', paidFen: 100, paymentId: '' })),
      )
      return verdicts.map(({ kind }) => kind)
    },
    available: async (...skus: readonly string[]) =>
      (await service.implementation.getAvailability({ skus: [...skus] }, directCall)).items.map(({ availableUnits }) => availableUnits),
    violations: async () => (await service.audit.checkBooks({}, directCall)).violations.map(({ detail }) => detail),
    effects: async (page: { readonly orderIds?: string[]; readonly afterOrderId?: string; readonly limit?: number }) =>
      (await service.effects.listEffects({ orderIds: [], afterOrderId: '', limit: 100, ...page }, directCall)).effects,
  }
}
