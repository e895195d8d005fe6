import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CancelReason, OrderState, PlaceOutcome, type Order } from '@suanpan/contracts/order'
import { orderBody, placed } from './orders.ts'

const order: Order = {
  orderId: 'ord_1',
  userId: 'user-0001',
  state: OrderState.PENDING,
  items: [],
  itemsFen: 100,
  discountFen: 0,
  balanceFen: 0,
  payableFen: 100,
  createdAt: 1,
  expiresAt: 0,
  cancelReason: undefined,
  couponId: undefined,
  refundedFen: 0,
}

test('an order in a state that says nothing is told as none', () => {
  assert.throws(() => orderBody({ ...order, state: OrderState.UNSPECIFIED }), /ORDER_STATE_UNSPECIFIED/)
})

test('an order that was cancelled for no reason is told as none', () => {
  const cancelled = { ...order, state: OrderState.CANCELLED, cancelReason: CancelReason.UNSPECIFIED }
  assert.throws(() => orderBody(cancelled), /CANCEL_REASON_UNSPECIFIED/)
  assert.throws(() => placed({ outcome: PlaceOutcome.REFUSED, order: cancelled, replayed: false, unknownSku: '' }), /CANCEL_REASON_UNSPECIFIED/)
  assert.throws(() => placed({ outcome: PlaceOutcome.REFUSED, order, replayed: false, unknownSku: '' }), /CANCEL_REASON_UNSPECIFIED/)
})
