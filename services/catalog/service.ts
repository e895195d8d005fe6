import type { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import type { Implementation } from '@suanpan/runtime/rpc'
import { declareRows, pageByKey, type Store } from '@suanpan/runtime/store'
import { decideProduct } from './rules.ts'
import { products } from './tables.ts'

/** The numbered SQL files of this service. */
export const catalogSchema = new URL('./schema/', import.meta.url)

export interface CatalogServiceOptions {
  readonly store: Store
}

export interface CatalogService {
  readonly implementation: Implementation<typeof CatalogServiceDefinition>
}

/** What the shop sells. It takes nothing for orders, so it has no books and hears no messages. */
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
