/**
 * When what follows a notification can be seen from outside. No time that a service writes down is taken for that: it is
 * older than the commit, and in the payment log it is the message's. One client has the answers and looks for the effects,
 * so there is one clock, `performance.now()`.
 */
import type { Target } from '@suanpan/load'
import { callShop, type PreparedShop } from '../shop-setup.ts'
import type { LogFollower } from './payment-log.ts'

export interface Watched {
  readonly target: Target
  readonly shop: Pick<PreparedShop, 'adminToken'>
  readonly log: LogFollower
}

/** The next look begins so long after the one before ended. */
const lookEveryMs = 10
/** A shop that has not done by then has lost something. */
export const withinMs = 60_000

/** A paid order has one of `payment.paid` and one of `order.paid`. */
const entriesOfPaid = 2

/**
 * Waits until the log has the entry of each of these orders, and no group has a message left to handle: points, stock and whatever
 * else follows. Answers when that was seen. Until the log is long enough it asks for one entry at most, and reads it then, so that the
 * shop is not kept from what is waited for. The log was read to its end before the first was paid.
 */
export async function untilAllEffects({ target, log }: Watched, orderIds: Iterable<string>): Promise<number> {
  const missing = new Set(orderIds)
  const giveUpAt = performance.now() + withinMs
  // Entries of other orders may be among them: then it is not all of these yet.
  for (let entries = missing.size * entriesOfPaid; ; entries = missing.size) {
    await until(
      () => log.hasMore(entries),
      giveUpAt,
      () => `${missing.size} paid orders are not in the payment log`,
    )
    await until(
      async () => (await backlogOf(target)) === 0,
      giveUpAt,
      () => 'messages are not handled',
    )
    const seenAt = performance.now()
    for (const orderId of await log.readPaidOrders()) missing.delete(orderId)
    if (missing.size === 0) return seenAt
  }
}

async function until(isSo: () => Promise<boolean>, giveUpAt: number, complaint: () => string): Promise<void> {
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`${complaint()} after ${withinMs / 1_000} s`)
    await pause()
  }
}

/** Messages that groups have still to handle. */
async function backlogOf({ host, port }: Target): Promise<number> {
  const text = await (await fetch(`http://${host}:${port}/metrics`)).text()
  const gauges = [...text.matchAll(/^suanpan_bus_backlog\{.*\} (\d+)$/gm)]
  if (gauges.length === 0) throw new Error('the shop does not tell what its groups have still to handle')
  return gauges.reduce((sum, [, waiting]) => sum + Number(waiting), 0)
}

interface Timeline {
  readonly order: { readonly state: string }
  readonly entries: readonly { readonly source: string }[]
}

/**
 * Looks until all orders are in the log, and answers when each of the sample was seen there, paid and with its points. One request a
 * look reads what is new in the log; an order of the sample that is in it is then asked about itself, once if it has its points by then.
 */
export async function watchEffects(
  { target, shop: { adminToken }, log }: Watched,
  orderIds: Iterable<string>,
  sample: ReadonlySet<string>,
  atMostMs: number,
): Promise<ReadonlyMap<string, number>> {
  const missing = new Set(orderIds)
  const logged = new Set<string>()
  const seenAt = new Map<string, number>()

  async function lookAt(orderId: string): Promise<void> {
    const { order, entries } = (await callShop(target, 'GET', `/admin/orders/${orderId}/timeline`, adminToken)) as Timeline
    if (order.state !== 'paid' || !entries.some(({ source }) => source === 'points')) return
    seenAt.set(orderId, performance.now())
    logged.delete(orderId)
  }

  for (const giveUpAt = performance.now() + atMostMs; missing.size + logged.size > 0; await pause()) {
    for (const orderId of await log.readPaidOrders()) if (missing.delete(orderId) && sample.has(orderId)) logged.add(orderId)
    await Promise.all([...logged].map(lookAt))
    if (performance.now() > giveUpAt) throw new Error(`${missing.size} orders are not in the payment log, and ${logged.size} that are lack points`)
  }
  return seenAt
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, lookEveryMs))
