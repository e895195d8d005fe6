/**
 * How many of each SKU an order is of, in one line: `BOOK 1, TEA 2`. The order service and the inventory tell the auditor so,
 * and whatever the order of their lines, the two are alike exactly where the units are.
 */
export function unitsBySkuOf(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const units = new Map<string, number>()
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return [...units]
    .map(([sku, quantity]) => `${sku} ${quantity}`)
    .toSorted()
    .join(', ')
}
