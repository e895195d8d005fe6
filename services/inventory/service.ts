import type { AuditServiceDefinition, EffectsServiceDefinition } from '@suanpan/contracts/audit'
import type { InventoryServiceDefinition, ReserveResult } from '@suanpan/contracts/inventory'
import { topics } from '@suanpan/contracts/topics'
import type { DeliveredMessage, Subscription, Verdict } from '@suanpan/runtime/bus'
import type { Implementation } from '@suanpan/runtime/rpc'
import type { Store, Transaction } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { checkBooks, listEffects } from './books.ts'
import { decideReceived, decideRelease, decideReserve, decideSale, type Change, type Request } from './rules.ts'
import { reservations, stock, type Line, type ReservationRow, type StockRow } from './tables.ts'

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
      importStock: async ({ stock: declared }) => ({
        results: await store.transact(async (tx) => {
          const rows = await tx.lock(stock, declared.map(({ sku }) => sku))
          const created: StockRow[] = []
          const updated: StockRow[] = []
          const results = declared.map(({ sku, receivedUnits }) => {
            const { outcome, row } = decideReceived(rows.get(sku), sku, receivedUnits)
            if (row !== undefined) (rows.has(sku) && !created.some((made) => made.sku === sku) ? updated : created).push(row)
            if (row !== undefined) rows.set(sku, row)
            return { key: sku, outcome }
          })
          tx.insert(stock, created)
          tx.update(stock, updated)
          return results
        }),
      }),
      reserve: async (request) => {
        const at = clock.now()
        const requests: Request[] = request.reservations.map(({ orderId, lines }) => ({ orderId, lines, at }))
        const outcomes = await store.transact((tx) => work(tx, requests, (_, { lines }) => lines, decideReserve))
        return { results: outcomes.map((outcome, index): ReserveResult => ({ orderId: requests[index]?.orderId ?? '', outcome })) }
      },
      getAvailability: async ({ skus }) => {
        const rows = await store.read.get(stock, skus)
        return { items: skus.map((sku) => ({ sku, availableUnits: rows.get(sku)?.availableUnits ?? 0 })) }
      },
    },
    audit: { checkBooks: () => store.snapshot((read) => checkBooks(read, clock)) },
    effects: { listEffects: (request) => listEffects(store, request) },
    subscriptions: [
      { group: 'inventory.release', topics: [topics.orderCancelled.name], publisher: topics.orderCancelled.publisher, maxBatch, handle: release },
      { group: 'inventory.sell', topics: [topics.orderPaid.name], publisher: topics.orderPaid.publisher, maxBatch, handle: sell },
    ],
  }

  async function release(messages: readonly DeliveredMessage[]): Promise<Verdict[]> {
    const requests = messages.map(({ body }) => requestOf(topics.orderCancelled.body.decode(body).orderId))
    const outcomes = await store.transact((tx) => work(tx, requests, linesHeld, (known, { orderId, at }, stockOf) => decideRelease(known, orderId, at, stockOf)))
    for (const outcome of outcomes) marks.mark(`inventory.release.${outcome}`)
    return outcomes.map(() => ({ kind: 'done' }))
  }

  async function sell(messages: readonly DeliveredMessage[]): Promise<Verdict[]> {
    const requests = messages.map(({ body }) => requestOf(topics.orderPaid.body.decode(body).orderId))
    const outcomes = await store.transact((tx) => work(tx, requests, linesHeld, (known, { at }, stockOf) => decideSale(known, at, stockOf)))
    for (const outcome of outcomes) marks.mark(`inventory.sell.${outcome}`)
    return outcomes.map((outcome) => (outcome === 'missing' ? { kind: 'retry', because: 'a paid order holds no stock' } : { kind: 'done' }))
  }

  function requestOf(orderId: string): Request {
    return { orderId, lines: [], at: clock.now() }
  }
}

function linesHeld(known: ReservationRow | undefined): readonly Line[] {
  return known?.state === 'held' ? known.lines : []
}

/**
 * Decides requests one after the other on running rows. Reservations are locked before stock, everywhere, so that no
 * two transactions wait for each other in a circle.
 */
async function work<Outcome>(
  tx: Transaction,
  requests: readonly Request[],
  linesTouched: (known: ReservationRow | undefined, request: Request) => readonly Line[],
  decide: (known: ReservationRow | undefined, request: Request, stockOf: ReadonlyMap<string, StockRow>) => Change<Outcome>,
): Promise<Outcome[]> {
  const known = await tx.lock(reservations, requests.map(({ orderId }) => orderId))
  const stored = new Set(known.keys())
  const skus = requests.flatMap((request) => linesTouched(known.get(request.orderId), request).map(({ sku }) => sku))
  const stockOf = await tx.lock(stock, skus)
  const changedReservations = new Map<string, ReservationRow>()
  const changedStock = new Map<string, StockRow>()
  const outcomes = requests.map((request) => {
    const change = decide(known.get(request.orderId), request, stockOf)
    for (const row of change.stock) {
      stockOf.set(row.sku, row)
      changedStock.set(row.sku, row)
    }
    if (change.reservation !== undefined) {
      known.set(request.orderId, change.reservation)
      changedReservations.set(request.orderId, change.reservation)
    }
    return change.outcome
  })
  const rows = [...changedReservations.values()]
  tx.insert(reservations, rows.filter(({ orderId }) => !stored.has(orderId)))
  tx.update(reservations, rows.filter(({ orderId }) => stored.has(orderId)))
  tx.update(stock, [...changedStock.values()])
  return outcomes
}
