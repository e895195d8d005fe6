import { defineTable } from '@suanpan/runtime/store'

export interface StockRow {
  readonly sku: string
  readonly receivedUnits: number
  readonly availableUnits: number
  readonly reservedUnits: number
  readonly soldUnits: number
}

export const stock = defineTable<StockRow>({
  name: 'stock',
  key: 'sku',
  columns: { sku: 'text', receivedUnits: 'integer', availableUnits: 'integer', reservedUnits: 'integer', soldUnits: 'integer' },
})

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export type ReservationState = 'held' | 'sold' | 'released' | 'refused'

export interface ReservationRow {
  readonly orderId: string
  readonly state: ReservationState
  /** Empty for a tombstone and for a refusal: nothing was taken. */
  readonly lines: readonly Line[]
  readonly takenAt: number
  /** 0 while held. */
  readonly settledAt: number
}

export const reservations = defineTable<ReservationRow>({
  name: 'reservation',
  key: 'orderId',
  columns: { orderId: 'text', state: 'text', lines: 'json', takenAt: 'integer', settledAt: 'integer' },
  fixed: ['lines', 'takenAt'],
  isReadSoon: true,
})
