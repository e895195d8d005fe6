import type { AuditServiceDefinition } from '@suanpan/contracts/audit'
import { CloseOutcome, type PaymentServiceDefinition } from '@suanpan/contracts/payment'
import type { Implementation } from '@suanpan/runtime/rpc'

/**
 * Stands where the payment service stands, in tests in which nobody pays over a platform: without attempts,
 * every order is closed as soon as it is asked about, nothing is held, and nothing else is ever asked.
 */
export const noPayments: Implementation<typeof PaymentServiceDefinition> = {
  closeOrders: ({ orders }) => Promise.resolve({ orders: orders.map(({ orderId }) => ({ orderId, outcome: CloseOutcome.CLOSED })) }),
  createPayment: notSimulated,
  getPayment: notSimulated,
  getOrderPayments: notSimulated,
  receiveNotifications: notSimulated,
  listQuarantine: notSimulated,
  resolveQuarantine: notSimulated,
  reconcile: notSimulated,
}

export const noBooks: Implementation<typeof AuditServiceDefinition> = { checkBooks: () => Promise.resolve({ checks: [], violations: [] }) }

function notSimulated(): Promise<never> {
  return Promise.reject(new Error('nobody pays over a platform in this simulation'))
}
