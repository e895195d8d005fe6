import assert from 'node:assert/strict'
import type { ChannelName } from '@suanpan/channels'
import type { CreatePaymentRequest, Notification } from '@suanpan/contracts/payment'
import { topics } from '@suanpan/contracts/topics'
import { busSchema, createStoreBus, type Bus } from '@suanpan/runtime/bus'
import { delivered } from '@suanpan/runtime/bus/testing'
import { createIds } from '@suanpan/runtime/ids'
import { directCall } from '@suanpan/runtime/rpc/testing'
import { readOne, type Store } from '@suanpan/runtime/store'
import { countedMarks, silentLog } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { wireChannels } from '../messages.ts'
import { usualPauses } from '../pauses.ts'
import { createPaymentService, paymentSchema } from '../service.ts'
import { payments as paymentTable, refunds as refundTable, type PaymentRow, type RefundRow } from '../tables.ts'
import { testOrders } from './orders.ts'
import { testPlatform } from './platform.ts'

export type { TestPlatform } from './platform.ts'

/** 2026-11-26, noon in China. */
export const noon = Date.parse('2026-11-26T12:00:00+08:00')

/** What a store of payments needs, with the tables of its bus. */
export const engine = { name: 'payment', schemas: [paymentSchema, busSchema] }

/** How long an order service waits for orders to be closed. */
const closeWithinMs = 8_000

/** How often the service looks for what is due, in these tests. */
export const lookEveryMs = 1_000

interface Asked extends Partial<CreatePaymentRequest> {
  readonly over?: ChannelName
}

/** Time, platforms and orders: what several processes on one store have in common. */
export function testWorld() {
  const clock = manualClock(noon)
  return { clock, orders: testOrders(clock), alipay: testPlatform('alipay', clock), wechat: testPlatform('wechat', clock), processes: { started: 0 } }
}

export type TestWorld = ReturnType<typeof testWorld>

/**
 * One process of the service, with what a test asks it in one word each. `wrapBus` lets a test come between what is announced
 * and what is decided.
 */
export function paymentsOn(store: Store, world: TestWorld = testWorld(), wrapBus: (bus: Bus) => Bus = (bus) => bus, without?: ChannelName) {
  const { clock, orders, alipay, wechat, processes } = world
  processes.started += 1
  const random = processes.started / 1_000
  const marks = countedMarks()
  const warnings: string[] = []
  const patience = { leaseMs: 10_000, pollEveryMs: 1_000, retryDelaysMs: [1_000], retainMs: 86_400_000 } as const
  const bus = createStoreBus({ stores: [store], clock, marks, owner: `process-${processes.started}`, ...patience, onError: () => {} })
  const service = createPaymentService({
    store,
    bus: wrapBus(bus),
    rpc: orders.rpc,
    channels: new Map([alipay.channel, wechat.channel].flatMap((channel) => (channel.name === without ? [] : [[channel.name, channel]]))),
    clock,
    ids: createIds({ clock, random: () => random }),
    log: { ...silentLog, warn: (_, message) => warnings.push(message) },
    marks,
    callTimeoutMs: 2_000,
    askEveryMs: lookEveryMs,
    sweepEveryMs: lookEveryMs,
    minimumPayMs: 65_000,
    pauses: usualPauses,
    maxBatch: 100,
    maxQueued: 1_000,
    collectMs: 0,
  })
  const [refund, surplus] = service.subscriptions
  assert.ok(refund !== undefined && surplus !== undefined)
  const { implementation } = service

  async function create(orderId: string, { over = 'alipay', ...asked }: Asked = {}) {
    const request = { orderId, userId: 'user-1', channel: wireChannels[over], product: '', clientIp: '', openId: '', traceparent: '', ...asked }
    const { outcome, payment } = await implementation.createPayment(request, directCall)
    return { outcome: outcome.replace('CREATE_PAYMENT_OUTCOME_', ''), payment }
  }

  async function rowOf(paymentId: string): Promise<PaymentRow> {
    const row = await readOne(store.read, paymentTable, paymentId)
    assert.ok(row !== undefined, `there is no payment ${paymentId}`)
    return row
  }

  /** The number of an attempt that is made as it should be. */
  async function begin(orderId: string, asked: Asked = {}): Promise<string> {
    const { outcome, payment } = await create(orderId, asked)
    assert.equal(outcome, 'CREATED')
    return payment?.paymentId ?? ''
  }

  async function notify(...notifications: readonly Notification[]): Promise<void> {
    await implementation.receiveNotifications({ notifications: [...notifications] }, directCall)
    await service.stop()
  }

  return {
    ...world,
    marks: marks.counts,
    warnings,
    create,
    begin,
    /** A new order with an attempt that is paid at Alipay, and known here to be. */
    paid: async (orderId: string): Promise<string> => {
      world.orders.put(orderId)
      const paymentId = await begin(orderId)
      world.alipay.pay(paymentId)
      await notify(world.alipay.tell(paymentId))
      return paymentId
    },
    /** As the edge does it: answered once it is durable. `settled` waits for the effect. */
    receive: (...notifications: readonly Notification[]) => implementation.receiveNotifications({ notifications: [...notifications] }, directCall),
    notify,
    start: () => service.start(),
    settled: () => service.stop(),
    /** Lets time pass step by step; at the end of each, the service looks once for what is due, and is waited for. */
    elapse: async (durationMs: number, stepMs = lookEveryMs) => {
      for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
        await clock.advance(Math.min(stepMs, durationMs - passedMs) - lookEveryMs)
        service.start()
        await clock.advance(lookEveryMs)
        await service.stop()
      }
    },
    close: async (reason: 'EXPIRED' | 'CUSTOMER', ...orderIds: readonly string[]) => {
      const closing = orderIds.map((orderId) => ({ orderId, reason: `CLOSE_REASON_${reason}` as const }))
      return (await implementation.closeOrders({ orders: closing }, { ...directCall, deadlineAt: clock.now() + closeWithinMs })).orders.map(({ outcome }) =>
        outcome.replace('CLOSE_OUTCOME_', ''),
      )
    },
    /** The order asks for refunds of one payment: number and fen of each. */
    askRefunds: async (paymentId: string, ...asked: readonly (readonly [refundId: string, platformFen: number])[]) => {
      const messages = asked.map(([refundId, platformFen]) =>
        delivered(topics.orderRefundRequested, 'ord_1', { refundId, orderId: 'ord_1', paymentId, platformFen, reason: 'broken' }),
      )
      return (await refund.handle(messages)).map(({ kind }) => kind)
    },
    sayIsSurplus: async (...paymentIds: readonly string[]) => {
      const messages = paymentIds.map((paymentId) =>
        delivered(topics.orderPaymentSurplus, 'ord_1', { orderId: 'ord_1', paymentId, amountFen: 100, reason: 'cancelled' }),
      )
      return (await surplus.handle(messages)).map(({ kind }) => kind)
    },
    row: rowOf,
    state: async (paymentId: string) => (await rowOf(paymentId)).state,
    refund: (refundId: string): Promise<RefundRow | undefined> => readOne(store.read, refundTable, refundId),
    get: async (paymentId: string, userId = '') => (await implementation.getPayment({ paymentId, userId }, directCall)).payment,
    ofOrder: (orderId: string) => implementation.getOrderPayments({ orderId }, directCall),
    quarantine: async (withResolved = false) => (await implementation.listQuarantine({ limit: 100, afterQuarantineId: '', withResolved }, directCall)).entries,
    resolve: async (quarantineId: string, action: 'QUERY' | 'DISMISS' | 'BY_HAND', note = '') => {
      const request = { quarantineId, action: `QUARANTINE_ACTION_${action}` as const, operator: 'admin-1', note }
      return (await implementation.resolveQuarantine(request, directCall)).outcome.replace('RESOLVE_QUARANTINE_OUTCOME_', '')
    },
    reconcile: async (over: ChannelName = 'alipay', date = '2026-11-26') => {
      const { outcome, differences, refusal: _, ...totals } = await implementation.reconcile({ channel: wireChannels[over], date }, directCall)
      return {
        ...totals,
        outcome: outcome.replace('RECONCILE_OUTCOME_', ''),
        differences: differences.map(({ kind, nextStep }) => `${kind.replace('DIFFERENCE_KIND_', '')}: ${nextStep}`),
      }
    },
    /** Every message that was published, by topic and key, in order. */
    published: async (topic = '') => {
      const rows = await store.read.query('SELECT topic, message_id FROM bus_message ORDER BY sequence', [])
      return rows.flatMap((row) => (String(row['topic']).startsWith(topic) ? String(row['message_id']) : []))
    },
    /** The payments that kept notifications are about. */
    inboxed: async () => (await store.read.query('SELECT payment_id FROM payment_inbox ORDER BY received_at', [])).map((row) => String(row['payment_id'])),
    violations: async () =>
      (await service.audit.checkBooks({}, directCall)).violations.map(({ check, orderId, detail }) => `${check} ${orderId} ${detail}`.replace('  ', ' ')),
    /** How many rows each check of the audit looked at. */
    examined: async () => Object.fromEntries((await service.audit.checkBooks({}, directCall)).checks.map(({ name, examined }) => [name, examined])),
    /** Quarantine open, refunds stuck, refunds overdue. */
    attention: async () => Promise.all([service.attention.quarantineOpen(), service.attention.refundsStuck(), service.attention.refundsOverdue()]),
    effects: async () => (await service.effects.listEffects({ orderIds: [], afterOrderId: '', limit: 100 }, directCall)).effects,
  }
}

export type Payments = ReturnType<typeof paymentsOn>
