import type { AuditServiceDefinition, CheckBooksResponse, Violation } from '@suanpan/contracts/audit'
import type { ListFactsRequest, ListFactsResponse, OrderFacts } from '@suanpan/contracts/order'
import { unitsBySkuOf } from '@suanpan/contracts/units-by-sku'
import type { Implementation } from '@suanpan/runtime/rpc'
import { createFindings } from '@suanpan/runtime/findings'
import { pageOrKeys, visitPages, type Reader, type Store } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { wireStates } from './answers.ts'
import { orders, refunds, type OrderRow, type RefundRow } from './tables.ts'
import { mayMove, mayStay, type OrderState } from './states.ts'

/** The order service's own books: amounts that add up, refunds that sum up, and event logs that replay to the state. */
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
  const sumsOf = new Map<string, RefundSums>()
  await visitPages(read, refunds, clock, (rows) => {
    findings.examined('order.refunds', rows.length)
    for (const row of rows) sumsOf.set(row.orderId, withRefund(sumsOf.get(row.orderId) ?? noRefunds, row))
  })
  await visitPages(read, orders, clock, (rows) => {
    findings.examined('order.amounts', rows.length)
    findings.examined(
      'order.events',
      rows.reduce((sum, { events }) => sum + events.length, 0),
    )
    for (const row of rows) {
      const { orderId } = row
      for (const detail of amountFaults(row)) findings.violation({ check: 'order.amounts', orderId, detail })
      for (const detail of eventFaults(row)) findings.violation({ check: 'order.events', orderId, detail })
      for (const detail of refundFaults(row, sumsOf.get(orderId) ?? noRefunds)) findings.violation({ check: 'order.refunds', orderId, detail })
      sumsOf.delete(orderId)
    }
  })
  for (const orderId of sumsOf.keys()) findings.violation({ check: 'order.refunds', orderId, detail: 'refunds of an order that is not in the book' })
  return findings.report()
}

/** What does not add up in an order's amounts. */
function amountFaults(row: OrderRow): string[] {
  const itemsFen = row.items.reduce((sum, item) => sum + item.quantity * item.unitPriceFen, 0)
  const faults: string[] = []
  if (itemsFen !== row.itemsFen) faults.push(`its items cost ${itemsFen} fen, its total says ${row.itemsFen}`)
  if (row.discountFen > row.itemsFen) faults.push(`the discount of ${row.discountFen} fen exceeds the items' ${row.itemsFen}`)
  if (row.payableFen !== row.itemsFen - row.discountFen - row.balanceFen) faults.push(`payable ${row.payableFen} fen is not items − discount − balance`)
  if (row.payableFen < 0) faults.push(`payable ${row.payableFen} fen is below zero`)
  faults.push(...paymentFaults(row))
  return faults
}

/** What does not fit between an order's state, the payment that paid it, and what went back of the money. */
function paymentFaults({ state, payableFen, balanceFen, paymentId, platformRefundedFen, balanceRefundedFen }: OrderRow): string[] {
  const faults: string[] = []
  const isPaid = state === 'paid' || state === 'partially_refunded' || state === 'refunded'
  const needsPayment = isPaid && payableFen > 0
  if (needsPayment !== (paymentId !== null)) faults.push(`it is ${state}, with ${payableFen} fen to pay, and ${paymentId ?? 'no payment'} paid it`)
  const paidFen = isPaid ? payableFen + balanceFen : 0
  const refundedFen = platformRefundedFen + balanceRefundedFen
  const fits = state === 'refunded' ? refundedFen === paidFen : state === 'partially_refunded' ? refundedFen > 0 && refundedFen < paidFen : refundedFen === 0
  if (!fits) faults.push(`it is ${state}, and ${refundedFen} of ${paidFen} fen were refunded`)
  return faults
}

type RefundSums = Pick<OrderRow, 'platformRefundedFen' | 'balanceRefundedFen' | 'platformRefundingFen' | 'balanceRefundingFen'>

const noRefunds: RefundSums = { platformRefundedFen: 0, balanceRefundedFen: 0, platformRefundingFen: 0, balanceRefundingFen: 0 }

function withRefund(sums: RefundSums, { state, platformFen, balanceFen }: RefundRow): RefundSums {
  switch (state) {
    case 'processing':
      return { ...sums, platformRefundingFen: sums.platformRefundingFen + platformFen, balanceRefundingFen: sums.balanceRefundingFen + balanceFen }
    case 'done':
      return { ...sums, platformRefundedFen: sums.platformRefundedFen + platformFen, balanceRefundedFen: sums.balanceRefundedFen + balanceFen }
    case 'failed':
      return sums
  }
}

/** Where an order says something else about its refunds than they do. */
function refundFaults(row: OrderRow, sums: RefundSums): string[] {
  const columns = ['platformRefundedFen', 'balanceRefundedFen', 'platformRefundingFen', 'balanceRefundingFen'] as const
  return columns.filter((column) => row[column] !== sums[column]).map((column) => `${column} is ${row[column]}, its refunds say ${sums[column]}`)
}

/** Where an order's event log does not lead, along the table of states, to the state that its row has. */
export function eventFaults({ state: rowState, events }: Pick<OrderRow, 'state' | 'events'>): string[] {
  let state: OrderState | null = null
  for (const [index, { name, fromState, toState }] of events.entries()) {
    const number = index + 1
    if (fromState !== state) {
      return [`event ${number} begins in ${fromState ?? 'nothing'}, the one before ended in ${state ?? 'nothing'}`]
    }
    const allowed = state === null ? toState === 'pending' : mayMove(state, toState) || (state === toState && mayStay(name, state))
    if (!allowed) return [`event ${number} moves from ${state ?? 'nothing'} to ${toState}`]
    state = toState
  }
  return state === rowState ? [] : [`its events end in ${state ?? 'nothing'}, its row says ${rowState}`]
}

function toFacts(row: OrderRow): OrderFacts {
  const { orderId, userId, itemsFen, discountFen, balanceFen, payableFen, createdAt, changedAt, expiresAt, platformRefundedFen, balanceRefundedFen } = row
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
    platformRefundedFen,
    balanceRefundedFen,
    paymentId: row.paymentId ?? '',
    expiresAt,
    unitsBySku: unitsBySkuOf(row.items),
  }
}
