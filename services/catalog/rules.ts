import type { Product } from '@suanpan/contracts/catalog'
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { Declared } from '@suanpan/runtime/store'
import type { ProductRow } from './tables.ts'

/**
 * Declares a product: its title and price from now on. Both may change at any time, because orders keep what they were
 * opened with.
 */
export function decideProduct(known: ProductRow | undefined, { sku, title, priceFen }: Product): Declared<ProductRow, ImportOutcome> {
  const row = { sku, title, priceFen }
  if (known === undefined) return { outcome: 'IMPORT_OUTCOME_CREATED', row }
  if (known.title === title && known.priceFen === priceFen) return { outcome: 'IMPORT_OUTCOME_UNCHANGED' }
  return { outcome: 'IMPORT_OUTCOME_UPDATED', row }
}
