import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { InventoryServiceDefinition, ReserveResult } from '@suanpan/contracts/inventory'
import type { OrderCancelled, OrderPaid } from '@suanpan/contracts/order'
import { topics } from '@suanpan/contracts/topics'
import { subscriptionTo, type ReadMessage, type Subscription, type Verdict } from '@suanpan/runtime/bus'
import { paired } from '@suanpan/runtime/paired'
import type { Implementation } from '@suanpan/runtime/rpc'
import { decideInTurn, declareRows, type InTurn, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEffects } from './books.ts'
import { decideReceived, decideRelease, decideReserve, decideSale, type Request, type Settling } from './rules.ts'
import { reservations, stock, type ReservationRow, type StockRow } from './tables.ts'

/** The numbered SQL files of this service. */
export const inventorySchema = new URL('./schema/', import.meta.url)

export interface InventoryServiceOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
}

export interface InventoryService {
  readonly implementation: Implementation<typeof InventoryServiceDefinition>
  readonly audit: Implementation<typeof AuditServiceDefinition>
  readonly effects: Implementation<typeof EffectsServiceDefinition>
  readonly subscriptions: readonly Subscription[]
}

/** Messages of one transaction. */
const maxBatch = 500

export function createInventoryService({ store, clock, marks }: InventoryServiceOptions): InventoryService {
  return {
    implementation: {
      importStock: async (request) => ({
        results: await store.transact((tx) => declareRows(tx, stock, request.stock, ({ sku }) => sku, decideReceived)),
      }),
      reserve: async (request) => {
        const at = clock.now()
        const requests = request.reservations.map(({ orderId, lines }): Request => ({ orderId, lines, at }))
        const bookKeys = ({ lines }: Request) => lines.map(({ sku }) => sku)
        const answers = await store.transact((tx) =>
          decideInTurn(tx, { guards: reservations, books: stock, requests, guardKey, bookKeys, decide: decideReserve }),
        )
        for (const { repeated } of answers) if (repeated !== undefined) marks.mark(`inventory.reserve.repeated_${repeated}`)
        return {
          results: paired(requests, answers).map(([{ orderId }, { outcome }]): ReserveResult => ({ orderId, outcome })),
        }
      },
      getAvailability: async ({ skus }) => {
        const rows = await store.read.get(stock, skus)
        return { items: skus.map((sku) => ({ sku, availableUnits: rows.get(sku)?.availableUnits ?? 0 })) }
      },
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => listEffects(store, request) },
    subscriptions: [
      subscriptionTo(topics.orderCancelled, { group: 'inventory.release', maxBatch, handle: release }),
      subscriptionTo(topics.orderPaid, { group: 'inventory.sell', maxBatch, handle: sell }),
    ],
  }

  async function release(messages: readonly ReadMessage<OrderCancelled>[]): Promise<Verdict[]> {
    const outcomes = await settle(messages, decideRelease)
    for (const outcome of outcomes) marks.mark(`inventory.release.${outcome}`)
    return outcomes.map(() => ({ kind: 'done' }))
  }

  async function sell(messages: readonly ReadMessage<OrderPaid>[]): Promise<Verdict[]> {
    const outcomes = await settle(messages, decideSale)
    for (const outcome of outcomes) marks.mark(`inventory.sell.${outcome}`)
    return outcomes.map((outcome) => (outcome === 'missing' ? { kind: 'retry', because: 'a paid order holds no stock' } : { kind: 'done' }))
  }

  function settle<Outcome>(
    messages: readonly ReadMessage<Pick<Settling, 'orderId'>>[],
    decide: InTurn<ReservationRow, StockRow, Settling, Outcome>['decide'],
  ): Promise<Outcome[]> {
    const at = clock.now()
    const requests = messages.map(({ body }): Settling => ({ orderId: body.orderId, at }))
    return store.transact((tx) => decideInTurn(tx, { guards: reservations, books: stock, requests, guardKey, bookKeys: skusTaken, decide }))
  }
}

function guardKey({ orderId }: Settling): string {
  return orderId
}

/** Whatever became of it: whether it is still held is for the rules alone to say. */
function skusTaken(_: Settling, known: ReservationRow | undefined): readonly string[] {
  return known?.lines.map(({ sku }) => sku) ?? []
}
