import { EffectsServiceDefinition, type Effect } from '@suanpan/contracts/audit'
import type { LogEntry } from '@suanpan/contracts/log'
import type { MessageTrace } from '@suanpan/contracts/operations'
import type { Order, OrderEvent, OrderRefund } from '@suanpan/contracts/order'
import type { Payment, PaymentEvent } from '@suanpan/contracts/payment'
import { effectHolders, type EffectHolder } from '@suanpan/audit'
import type { EdgeContext } from './context.ts'
import { stateName } from './orders.ts'
import { channelName } from './payments.ts'
import { refundBody } from './refunds.ts'
import { answered } from './services.ts'

/** One thing that happened to an order. */
export interface TimelineEntry {
  /** Epoch ms. */
  readonly at: number
  readonly source: string
  readonly what: string
  readonly detail: string
}

export interface Timeline {
  readonly order: Order
  readonly entries: readonly TimelineEntry[]
  readonly next: string
}

/** Everything known about an order, from all services, in order of time. Undefined: no such order. */
export async function readTimeline({ services, rpc }: EdgeContext, orderId: string): Promise<Timeline | undefined> {
  const { order, events } = answered(await services.order.getOrder({ orderId, userId: '', withEvents: true }, services.ask()))
  if (order === undefined) return undefined
  const { messages } = answered(await services.operations.traceMessages({ key: orderId }, services.ask()))
  const effects = await Promise.all(
    effectHolders.map(async (holder) => {
      const list = rpc.client(EffectsServiceDefinition, holder).listEffects
      return answered(await list({ afterOrderId: '', limit: 1, orderIds: [orderId] }, services.ask())).effects.flatMap((effect) =>
        entriesOfEffect(holder, effect),
      )
    }),
  )
  const [paid, refunded, logged] = await Promise.all([
    services.payment.getOrderPayments({ orderId }, services.ask()),
    services.order.listRefunds({ orderId }, services.ask()),
    services.log.listEntries({ orderId, afterSequence: 0, limit: maxLogEntries }, services.ask()),
  ])
  const { payments, events: paymentEvents } = answered(paid)
  const { refunds } = answered(refunded)
  const entries = [
    ...events.flatMap(entriesOfEvent),
    ...messages.flatMap(entriesOfMessage),
    ...effects.flat(),
    ...paymentEvents.map(entryOfPayment),
    ...refunds.flatMap(entriesOfRefund),
    ...answered(logged).entries.map(entryOfLog),
  ].sort((one, other) => one.at - other.at)
  return { order, entries, next: whatIsNext(order, messages, payments, refunds) }
}

/** A platform takes at most fifty refunds of one trade; more than this is not an order's life any more. */
const maxLogEntries = 1_000

interface Step {
  readonly call: string
  readonly at: number
  readonly tookMs: number
  readonly result: string
}

function entriesOfEvent({ name, at, fromState, toState, detail }: OrderEvent): TimelineEntry[] {
  const { steps = [], ...facts } = JSON.parse(detail) as { steps?: readonly Step[] }
  const calls = steps.map((step) => ({ at: step.at, source: 'rpc', what: step.call, detail: `${step.result} after ${step.tookMs} ms` }))
  const from = fromState === 'ORDER_STATE_UNSPECIFIED' ? '' : `${stateName(fromState)} → `
  return [...calls, { at, source: 'order', what: name, detail: `${from}${stateName(toState)} ${JSON.stringify(facts)}` }]
}

function entriesOfMessage({ topic, publishedAt, deliveries }: MessageTrace): TimelineEntry[] {
  const told = deliveries.map(({ group, state, attempts, nextAttemptAt, because }) => {
    const again = nextAttemptAt === undefined ? '' : `, again at ${new Date(nextAttemptAt).toISOString()}`
    return `${group} ${state}${attempts > 1 ? ` after ${attempts} tries` : ''}${again}${because === undefined ? '' : ` (${because})`}`
  })
  return [{ at: publishedAt, source: 'message', what: topic, detail: told.length === 0 ? 'nobody listens' : told.join('; ') }]
}

const amountUnits: { readonly [Holder in EffectHolder]: string } = { inventory: 'units', coupon: 'fen', user: 'fen', points: 'points', payment: 'fen' }

function entriesOfEffect(holder: EffectHolder, { state, amount, subject, takenAt, settledAt }: Effect): TimelineEntry[] {
  const detail = `${amount} ${amountUnits[holder]}${subject === '' ? '' : ` of ${subject}`}`
  // A sum that rises and falls with payments and refunds: it was neither taken nor barred at one moment.
  if (holder === 'payment') return [{ at: settledAt, source: holder, what: 'held by platforms', detail }]
  if (state === 'EFFECT_STATE_REFUSED') return [{ at: takenAt, source: holder, what: 'refused', detail: subject }]
  const settled = { at: settledAt, source: holder, what: state === 'EFFECT_STATE_KEPT' ? 'kept' : 'given back', detail }
  if (settledAt === takenAt) return [{ ...settled, what: state === 'EFFECT_STATE_KEPT' ? 'granted' : 'barred before it was taken' }]
  const taken = { at: takenAt, source: holder, what: 'taken', detail }
  return settledAt === 0 ? [taken] : [taken, settled]
}

function entryOfPayment({ at, paymentId, what, detail }: PaymentEvent): TimelineEntry {
  return { at, source: 'payment', what, detail: detail === '' ? paymentId : `${paymentId}: ${detail}` }
}

function entriesOfRefund(refund: OrderRefund): TimelineEntry[] {
  const { refundId, platformFen, balanceFen, reason, createdAt, settledAt } = refund
  const detail = `${refundId}: ${platformFen} fen by the platform, ${balanceFen} fen to the balance (${reason})`
  const asked = { at: createdAt, source: 'refund', what: 'asked for', detail }
  return settledAt === 0 ? [asked] : [asked, { at: settledAt, source: 'refund', what: refundBody(refund).state, detail }]
}

function entryOfLog({ at, sequence, topic, detail }: LogEntry): TimelineEntry {
  return { at, source: 'log', what: topic, detail: `entry ${sequence}: ${detail}` }
}

function whatIsNext(order: Order, messages: readonly MessageTrace[], payments: readonly Payment[], refunds: readonly OrderRefund[]): string {
  const open = [
    ...payments
      .filter(({ state }) => state === 'PAYMENT_STATE_PENDING')
      .map(({ paymentId, channel, expiresAt }) => `${paymentId} may be paid over ${channelName(channel)} until ${new Date(expiresAt).toISOString()}`),
    ...refunds.filter(({ settledAt }) => settledAt === 0).map(({ refundId }) => `the platform has still to settle ${refundId}`),
    ...messages.flatMap(({ topic, deliveries }) =>
      deliveries.filter((delivery) => delivery.state !== 'delivered').map(({ group, state: at }) => `${topic} is ${at} for ${group}`),
    ),
  ]
  const waiting = open.length === 0 ? '' : `; ${open.join(', ')}`
  switch (order.state) {
    case 'ORDER_STATE_PENDING':
      return `the saga decides it, or the sweeper cancels it after its deadline${waiting}`
    case 'ORDER_STATE_AWAITING_PAYMENT':
      return `it is paid, or cancelled as unpaid at ${new Date(order.expiresAt).toISOString()}${waiting}`
    default:
      return open.length === 0 ? 'nothing: everything about it is done' : open.join(', ')
  }
}
