import type { AuditServiceDefinition, CheckBooksResponse, Violation } from '@suanpan/contracts/audit'
import type { ListFactsRequest, ListFactsResponse, OrderFacts } from '@suanpan/contracts/order'
import type { Implementation } from '@suanpan/runtime/rpc'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { wireStates } from './answers.ts'
import { eventId, orderEvents, orders, type OrderEventRow, type OrderRow } from './tables.ts'
import { mayMove, type OrderState } from './states.ts'

/** The order service's own books: amounts that add up, and event logs that replay to the state. */
export function createBooks(store: Store, clock: Clock): Implementation<typeof AuditServiceDefinition> {
  return {
    checkBooks: () => store.snapshot((read) => checkBooks(read, clock)),
  }
}

/** What orders claim to have taken, for comparison with the books of those it was taken from. */
export async function listFacts(store: Store, { afterOrderId, limit, orderIds }: ListFactsRequest): Promise<ListFactsResponse> {
  const rows = await pageOrKeys(store.read, orders, { keys: orderIds, afterKey: afterOrderId, limit })
  return { facts: rows.map(toFacts) }
}

async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  await visitPages(read, orders, clock, async (rows) => {
    const ids = rows.flatMap(eventIds)
    const events = await read.get(orderEvents, ids)
    findings.examined('order.amounts', rows.length)
    findings.examined('order.events', ids.length)
    for (const row of rows) {
      const { orderId } = row
      const log = eventIds(row).map((id) => events.get(id))
      for (const detail of amountFaults(row)) findings.violation({ check: 'order.amounts', orderId, detail })
      for (const detail of eventFaults(row, log)) findings.violation({ check: 'order.events', orderId, detail })
    }
  })
  return findings.report()
}

function eventIds(row: OrderRow): string[] {
  return Array.from({ length: row.lastSequence }, (_, index) => eventId(row.orderId, index + 1))
}

/** What does not add up in an order's amounts. */
export function amountFaults(row: OrderRow): string[] {
  const itemsFen = row.items.reduce((sum, item) => sum + item.quantity * item.unitPriceFen, 0)
  const faults: string[] = []
  if (itemsFen !== row.itemsFen) faults.push(`its items cost ${itemsFen} fen, its total says ${row.itemsFen}`)
  if (row.discountFen > row.itemsFen) faults.push(`the discount of ${row.discountFen} fen exceeds the items' ${row.itemsFen}`)
  if (row.payableFen !== row.itemsFen - row.discountFen - row.balanceFen) faults.push(`payable ${row.payableFen} fen is not items − discount − balance`)
  if (row.payableFen < 0) faults.push(`payable ${row.payableFen} fen is below zero`)
  return faults
}

/** Where an order's event log does not lead, along the table of states, to the state its row has. */
export function eventFaults(row: OrderRow, log: readonly (OrderEventRow | undefined)[]): string[] {
  let state: OrderState | null = null
  for (const [index, event] of log.entries()) {
    if (event === undefined) return [`event ${index + 1} of ${row.lastSequence} is missing`]
    if (event.fromState !== state) return [`event ${index + 1} begins in ${event.fromState ?? 'nothing'}, the one before ended in ${state ?? 'nothing'}`]
    if (state === null ? event.toState !== 'pending' : !mayMove(state, event.toState)) return [`event ${index + 1} moves from ${state ?? 'nothing'} to ${event.toState}`]
    state = event.toState
  }
  return state === row.state ? [] : [`its events end in ${state ?? 'nothing'}, its row says ${row.state}`]
}

function toFacts(row: OrderRow): OrderFacts {
  const { orderId, userId, itemsFen, discountFen, balanceFen, payableFen, createdAt, changedAt } = row
  return {
    orderId,
    userId,
    state: wireStates[row.state],
    units: row.items.reduce((sum, item) => sum + item.quantity, 0),
    itemsFen,
    discountFen,
    balanceFen,
    payableFen,
    couponId: row.couponId ?? undefined,
    createdAt,
    changedAt,
    dueAt: row.dueAt ?? 0,
  }
}
