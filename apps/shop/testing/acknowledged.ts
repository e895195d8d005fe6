import type { Answer } from '@suanpan/load'
import type { OrderAnswer } from './shop-calls.ts'

/** What a client was told about one order. */
export interface Acknowledged {
  readonly status: 201 | 202 | 409
  readonly orderId: string
  /** State of an order that was placed, reason of one that was refused. */
  readonly said: string
}

/** What this answer promises; nothing for failures, overload and the like. */
export function acknowledgedBy(answer: Answer): Acknowledged | undefined {
  if (answer.kind === 'failed') return undefined
  const { status } = answer
  if (status !== 201 && status !== 202 && status !== 409) return undefined
  const { orderId, state, code } = JSON.parse(answer.body.toString()) as { orderId: string; state?: string; code?: string }
  return { status, orderId, said: state ?? code ?? '' }
}

/** What the stored order may say after the client was told so: the same, or what the table of states leads to from there. */
const allowedLater: { readonly [said: string]: readonly string[] } = {
  pending: ['pending', 'awaiting_payment', 'paid', 'cancelled'],
  awaiting_payment: ['awaiting_payment', 'paid', 'cancelled'],
  paid: ['paid'],
}

/** Why the stored order breaks the promise; undefined if it keeps it. */
export function brokenPromise({ status, orderId, said }: Acknowledged, order: OrderAnswer | undefined): string | undefined {
  if (order === undefined) return `${orderId} was answered with ${status} and is gone`
  const kept = status === 409 ? order.state === 'cancelled' && order.cancelReason === said : allowedLater[said]?.includes(order.state) === true
  return kept ? undefined : `${orderId} was ${status} ${said} and is ${order.state} ${order.cancelReason ?? ''}`
}
