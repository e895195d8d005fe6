import {
  OrderState as WireState,
  type GetOrderResponse,
  type ListOrdersRequest,
  type ListOrdersResponse,
  type Order,
  type OrderEvent,
} from '@suanpan/contracts/order'
import { readOne, type SqlValue, type Store } from '@suanpan/runtime/store'
import { toWire, wireStates } from './answers.ts'
import { orders, type OrderRow } from './tables.ts'

/** The order, unless it is another user's; an empty `userId` sees every order. */
export async function readOrder(store: Store, orderId: string, userId: string): Promise<OrderRow | undefined> {
  const row = await readOne(store.read, orders, orderId)
  return row !== undefined && (userId === '' || row.userId === userId) ? row : undefined
}

export async function getOrder(store: Store, orderId: string, userId: string, withEvents: boolean): Promise<GetOrderResponse> {
  const row = await readOrder(store, orderId, userId)
  if (row === undefined) return { order: undefined, events: [] }
  return { order: toWire(row), events: withEvents ? eventsOf(row) : [] }
}

function eventsOf({ events }: OrderRow): OrderEvent[] {
  return events.map(({ name, fromState, toState, at, detail }, index) => ({
    sequence: index + 1,
    name,
    fromState: fromState === null ? WireState.UNSPECIFIED : wireStates[fromState],
    toState: wireStates[toState],
    at,
    detail: JSON.stringify(detail),
  }))
}

/**
 * Orders that one page looks at: an operator asking for a rare state among a million orders gets short pages with a
 * cursor, instead of one scan that holds everybody up, and the hot path is spared an index on the state.
 */
const scannedPerPage = 5_000

/** Newest first. */
export async function listOrders(store: Store, request: ListOrdersRequest): Promise<ListOrdersResponse> {
  const { userId, beforeOrderId, limit, state } = request
  if (state === undefined) {
    const page = await newest(store, userId, beforeOrderId, limit)
    return { orders: page.map(toWire), nextBeforeOrderId: page.length === limit ? idOfLast(page) : '' }
  }
  const scanned = await newest(store, userId, beforeOrderId, scannedPerPage)
  const matching = scanned.filter((row) => wireStates[row.state] === state)
  const page = matching.slice(0, limit)
  const found: Order[] = page.map(toWire)
  if (matching.length > limit) return { orders: found, nextBeforeOrderId: idOfLast(page) }
  return { orders: found, nextBeforeOrderId: scanned.length === scannedPerPage ? idOfLast(scanned) : '' }
}

async function newest(store: Store, userId: string, beforeOrderId: string, limit: number): Promise<OrderRow[]> {
  const conditions: string[] = []
  const parameters: SqlValue[] = []
  if (userId !== '') conditions.push(`user_id = $${parameters.push(userId)}`)
  if (beforeOrderId !== '') conditions.push(`order_id < $${parameters.push(beforeOrderId)}`)
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  const rows = await store.read.query(`SELECT * FROM orders ${where} ORDER BY order_id DESC LIMIT $${parameters.push(limit)}`, parameters)
  return rows.map(orders.fromSql)
}

function idOfLast(rows: readonly OrderRow[]): string {
  return rows.at(-1)?.orderId ?? ''
}
