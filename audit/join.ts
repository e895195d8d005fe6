import type { Effect } from '@suanpan/contracts/audit'
import type { OrderFacts } from '@suanpan/contracts/order'
import { effectHolders, type Effects } from './rules.ts'
import type { Source, Sources } from './sources.ts'

/** Rows asked for at a time: about 3 ms of the embedded store. */
const pageSize = 1_000

/** An order's facts and every effect for it, at about the same time. */
export interface Joined {
  readonly orderId: string
  readonly order: OrderFacts | undefined
  readonly effects: Effects
}

/** One row after the other of a source, in byte order of order ids. */
interface Reading<Row> {
  /** The row of this order, if the source has one; what comes before it is passed. */
  take(orderId: string): Row | undefined
  /** The next order id, if there is any. */
  next(): Promise<string | undefined>
}

function read<Row extends { orderId: string }>(source: Source<Row>): Reading<Row> {
  let page: readonly Row[] = []
  let index = 0
  let after = ''
  let ended = false
  return {
    next: async () => {
      while (index >= page.length && !ended) {
        page = await source.page(after, pageSize)
        index = 0
        after = page.at(-1)?.orderId ?? after
        ended = page.length < pageSize
      }
      return page[index]?.orderId
    },
    take: (orderId) => {
      const row = page[index]
      if (row?.orderId !== orderId) return undefined
      index++
      return row
    },
  }
}

/** Walks orders and effects side by side, with one page of each in memory. */
export async function* joinAll(sources: Sources): AsyncGenerator<Joined> {
  const orders = read(sources.orders)
  const readings = effectHolders.map((holder) => ({ holder, reading: read(sources.effects[holder]) }))
  for (;;) {
    // Orders first: an order that is there has its takings on the way or done, never the other way round.
    const heads = [await orders.next()]
    for (const { reading } of readings) heads.push(await reading.next())
    const orderId = heads.reduce((least, head) => (head !== undefined && (least === undefined || head < least) ? head : least), undefined)
    if (orderId === undefined) return
    const effects = Object.fromEntries(readings.map(({ holder, reading }) => [holder, reading.take(orderId)])) as Effects
    yield { orderId, order: orders.take(orderId), effects }
  }
}

/** The same for certain orders, as they are now. */
export async function joinSome(sources: Sources, orderIds: readonly string[]): Promise<Joined[]> {
  const orders = byId(await sources.orders.some(orderIds))
  const effects = await Promise.all(effectHolders.map(async (holder) => [holder, byId<Effect>(await sources.effects[holder].some(orderIds))] as const))
  return orderIds.map((orderId) => ({
    orderId,
    order: orders.get(orderId),
    effects: Object.fromEntries(effects.map(([holder, rows]) => [holder, rows.get(orderId)])) as Effects,
  }))
}

function byId<Row extends { orderId: string }>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.orderId, row]))
}
