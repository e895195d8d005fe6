import type { ShopClient } from './shop-client.ts'

/** How many items one import request may carry. */
const pageSize = 1_000

/** Posts items to `/admin/products`, `/admin/users` or `/admin/coupons`, and counts what became of them by outcome. */
export async function importItems(
  shop: ShopClient,
  adminToken: string,
  kind: 'products' | 'users' | 'coupons',
  items: readonly object[],
): Promise<ReadonlyMap<string, number>> {
  const countByOutcome = new Map<string, number>()
  for (let start = 0; start < items.length; start += pageSize) {
    const answer = await shop.post(`/admin/${kind}`, { items: items.slice(start, start + pageSize) }, { results: 'list' }, adminToken)
    for (const { outcome } of (answer as { results: { outcome: string }[] }).results) {
      countByOutcome.set(outcome, (countByOutcome.get(outcome) ?? 0) + 1)
    }
  }
  return countByOutcome
}
