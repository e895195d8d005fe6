import assert from 'node:assert/strict'
import { startLoad, type Answer, type Target } from '@suanpan/load'
import { acknowledgedBy, brokenPromise, type Acknowledged } from './acknowledged.ts'
import { eventually } from './eventually.ts'
import type { RequestOf } from './order-mix.ts'
import type { ShopCalls } from './shop-calls.ts'

/** What clients have asked for, and what they were told. */
export interface Attempts {
  /** Everything a client was ever told, by the number of its request. */
  readonly acknowledged: Map<number, Acknowledged>
  /** Requests sent so far, answered or not. */
  sent: number
}

/** Writes down what this answer promises. */
export function noteAnswer({ acknowledged }: Attempts, index: number, answer: Answer): void {
  const promise = acknowledgedBy(answer)
  if (promise !== undefined) acknowledged.set(index, promise)
}

const connections = 24

/** Sends these requests again: who was told something is told the same, and who was not is told now. Answers what was not served. */
export async function replay(target: Target, requestOf: RequestOf, { acknowledged }: Attempts, indexes: readonly number[]): Promise<readonly string[]> {
  const differing: string[] = []
  const { outcomes } = await startLoad({
    target,
    connections,
    requestCount: indexes.length,
    requestOf: (nth) => requestOf(indexes[nth] ?? 0),
    onAnswer(nth, answer) {
      const index = indexes[nth] ?? 0
      const now = acknowledgedBy(answer)
      if (now === undefined) return
      const before = acknowledged.get(index) ?? now
      acknowledged.set(index, before)
      const isSame = now.status === before.status && now.orderId === before.orderId && (now.status === 202 || now.said === before.said)
      if (!isSame) differing.push(`request ${index} was answered ${JSON.stringify(before)}, now ${JSON.stringify(now)}`)
    },
  }).finished
  assert.deepEqual(differing.slice(0, 5), [])
  return [...outcomes].flatMap(([answer, count]) => (/^(2|409)/.test(answer) ? [] : `${count} times ${answer}`))
}

export async function assertPromisesKept(shop: ShopCalls, { acknowledged }: Attempts): Promise<void> {
  const orders = await shop.allOrders()
  const broken = [...acknowledged.values()].flatMap((each) => brokenPromise(each, orders.get(each.orderId)) ?? [])
  assert.deepEqual(broken.slice(0, 5), [])
}

/** Every order is decided. */
export async function untilDecided(shop: ShopCalls, withinMs: number): Promise<void> {
  await eventually('orders are decided', withinMs, async () => [...(await shop.allOrders()).values()].filter(({ state }) => state === 'pending'))
}
