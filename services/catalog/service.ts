import type { CatalogServiceDefinition, Product } from '@suanpan/contracts/catalog'
import type { ImportOutcome } from '@suanpan/contracts/import'
import type { Implementation } from '@suanpan/runtime/rpc'
import { declareRows, pageByKey, type Declared, type Store } from '@suanpan/runtime/store'
import { products, type ProductRow } from './tables.ts'

/** The numbered SQL files of this service. */
export const catalogSchema = new URL('./schema/', import.meta.url)

export interface CatalogServiceOptions {
  readonly store: Store
}

export interface CatalogService {
  readonly implementation: Implementation<typeof CatalogServiceDefinition>
}

/** Prices may change at any time: orders keep the one that they were opened with. */
export function createCatalogService({ store }: CatalogServiceOptions): CatalogService {
  return {
    implementation: {
      importProducts: async (request) => ({
        results: await store.transact((tx) => declareRows(tx, products, request.products, ({ sku }) => sku, decideProduct)),
      }),
      quote: async ({ skus }) => {
        const rows = await store.read.get(products, skus)
        return { quotes: skus.map((sku) => ({ sku, product: rows.get(sku) })) }
      },
      listProducts: async ({ limit, afterSku }) => ({ products: await pageByKey(store.read, products, afterSku, limit) }),
    },
  }
}

/** Declares a product: its title and price from now on. */
export function decideProduct(known: ProductRow | undefined, { sku, title, priceFen }: Product): Declared<ProductRow, ImportOutcome> {
  const row = { sku, title, priceFen }
  if (known === undefined) return { outcome: 'IMPORT_OUTCOME_CREATED', row }
  if (known.title === title && known.priceFen === priceFen) return { outcome: 'IMPORT_OUTCOME_UNCHANGED' }
  return { outcome: 'IMPORT_OUTCOME_UPDATED', row }
}
