import type { GetOrderPaymentsRequest, GetOrderPaymentsResponse, GetPaymentRequest, GetPaymentResponse } from '@suanpan/contracts/payment'
import { readOne, type Store } from '@suanpan/runtime/store'
import { toWire } from './answers.ts'
import { paymentOrders, payments } from './tables.ts'

/** The payment, unless it is another user's. */
export async function getPayment(store: Store, { paymentId, userId }: GetPaymentRequest): Promise<GetPaymentResponse> {
  const row = await readOne(store.read, payments, paymentId)
  return { payment: row !== undefined && (userId === '' || row.userId === userId) ? toWire(row) : undefined }
}

export async function getOrderPayments(store: Store, { orderId }: GetOrderPaymentsRequest): Promise<GetOrderPaymentsResponse> {
  const order = await readOne(store.read, paymentOrders, orderId)
  const rows = [...(await store.read.get(payments, order?.paymentIds ?? [])).values()]
  const events = rows.flatMap(({ paymentId, events: own }) => own.map((event) => ({ ...event, paymentId })))
  return { payments: rows.map(toWire), events: events.toSorted((one, other) => one.at - other.at) }
}
