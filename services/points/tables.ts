import { defineTable } from '@suanpan/runtime/store'

export interface AccountRow {
  readonly userId: string
  readonly points: number
}

export const accounts = defineTable<AccountRow>({
  name: 'points_account',
  key: 'userId',
  columns: { userId: 'text', points: 'integer' },
})

export interface GrantRow {
  readonly orderId: string
  readonly userId: string
  readonly points: number
  readonly grantedAt: number
}

export const grants = defineTable<GrantRow>({
  name: 'points_grant',
  key: 'orderId',
  columns: { orderId: 'text', userId: 'text', points: 'integer', grantedAt: 'integer' },
})
