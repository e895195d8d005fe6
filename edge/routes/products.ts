import { Type } from 'typebox'
import type { EdgeContext, Server } from '../context.ts'
import { decodeCursor, nextOf, pageSize } from '../cursors.ts'
import { pageOf, pageQuery, strictObject } from '../schemas.ts'
import { answered } from '../services.ts'

const productSchema = Type.Object({ sku: Type.String(), title: Type.String(), priceFen: Type.Integer(), available: Type.Integer() }, { title: 'Product' })

/** What is for sale: prices from the catalog, stock from the inventory. */
export function productRoutes(server: Server, { services }: EdgeContext): void {
  server.get(
    '/api/products',
    {
      schema: {
        summary: 'Products, by SKU',
        tags: ['products'],
        querystring: strictObject(pageQuery),
        response: { 200: pageOf(productSchema) },
      },
    },
    async (request) => {
      const limit = pageSize(request.query.limit)
      const { products } = answered(await services.catalog.listProducts({ limit, afterSku: decodeCursor(request.query.cursor) }, services.ask()))
      const { items: stock } = answered(await services.inventory.getAvailability({ skus: products.map(({ sku }) => sku) }, services.ask()))
      const items = products.map((product, index) => ({ ...product, available: stock[index]?.availableUnits ?? 0 }))
      return { items, ...nextOf(products.length === limit ? products.at(-1)?.sku : undefined) }
    },
  )
}
