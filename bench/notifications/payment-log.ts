import type { Target } from '@suanpan/load'
import { callShop, type PreparedShop } from '../shop-setup.ts'

interface Page {
  readonly items: readonly { readonly sequence: number; readonly topic: string; readonly orderId: string }[]
}

export interface LogFollower {
  /** Every paid order whose entry is new since the last time it was asked. */
  readPaidOrders(): Promise<readonly string[]>
  /** Whether the log has so many entries more than were read. Asks for one entry at most. */
  hasMore(count: number): Promise<boolean>
}

const pageSize = 1_000

/** The payment log from its end on, as it can be read from outside. */
export async function followLog(target: Target, { adminToken }: Pick<PreparedShop, 'adminToken'>): Promise<LogFollower> {
  let read = 0

  async function pageAfter(sequence: number, limit: number): Promise<Page['items']> {
    // As `next` of a page would say it, which a page that is not full has not.
    const cursor = sequence === 0 ? '' : `&cursor=${Buffer.from(String(sequence)).toString('base64url')}`
    return ((await callShop(target, 'GET', `/admin/log?limit=${limit}${cursor}`, adminToken)) as Page).items
  }

  async function readPaidOrders(): Promise<string[]> {
    const paid: string[] = []
    for (;;) {
      const items = await pageAfter(read, pageSize)
      read = items.at(-1)?.sequence ?? read
      for (const { topic, orderId } of items) if (topic === 'order.paid') paid.push(orderId)
      if (items.length < pageSize) return paid
    }
  }

  await readPaidOrders()
  return { readPaidOrders, hasMore: async (count) => (await pageAfter(read + count - 1, 1)).length > 0 }
}
