import { defineTable } from '@suanpan/runtime/store'

export interface ProductRow {
  readonly sku: string
  readonly title: string
  readonly priceFen: number
}

export const products = defineTable<ProductRow>({
  name: 'product',
  key: 'sku',
  columns: { sku: 'text', title: 'text', priceFen: 'integer' },
})
