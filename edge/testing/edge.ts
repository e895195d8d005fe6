import { effectHolders, type EffectHolder } from '@suanpan/audit'
import type { ChannelName, NotificationReader } from '@suanpan/channels'
import { EffectsServiceDefinition, type Effect } from '@suanpan/contracts/audit'
import { LogServiceDefinition } from '@suanpan/contracts/log'
import { OperationsServiceDefinition, type MessageTrace } from '@suanpan/contracts/operations'
import { OrderServiceDefinition, OrderState, type Order } from '@suanpan/contracts/order'
import { PaymentServiceDefinition, type Payment } from '@suanpan/contracts/payment'
import { inProcessRpc, type Implementation } from '@suanpan/runtime/rpc'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemRandom, type Clock } from '@suanpan/runtime/time'
import type { Server } from '../context.ts'
import { createAuthenticate, signDemoToken } from '../identity.ts'
import type { PlacingSettings } from '../placing.ts'
import { createEdge } from '../server.ts'
import { connectServices } from '../services.ts'

type OrderService = Implementation<typeof OrderServiceDefinition>
type PaymentService = Implementation<typeof PaymentServiceDefinition>
type LogService = Implementation<typeof LogServiceDefinition>

export const tokenSecret = 'a secret for tests, of 32 bytes or more'
export const startedAt = 1_000_000
/** Before the edge under test. */
export const trustedProxy = '192.0.2.1'

const notAsked = (): Promise<never> => Promise.reject(new Error('this test does not ask that'))

/** What a test puts behind the edge; a service that is not named is away. */
export interface Scripted {
  readonly order?: Partial<OrderService>
  readonly payment?: Partial<PaymentService>
  readonly log?: Partial<LogService>
  /** What the bus tells of every order's messages. */
  readonly messages?: readonly MessageTrace[]
  /** How the services measure themselves. */
  readonly measure?: () => Promise<string>
  /** What the holders of effects say of every order. */
  readonly effects?: { readonly [Holder in EffectHolder]?: Effect }
  readonly readers?: readonly NotificationReader[]
  readonly clock?: Clock
  readonly placing?: PlacingSettings
}

/** An edge in front of services that answer as a test says. */
export async function edgeBeforeServices({
  order,
  payment,
  log,
  messages,
  measure,
  effects,
  readers = [],
  clock = manualClock(startedAt),
  placing = { maxBatch: 1, collectMs: 0 },
}: Scripted): Promise<Server> {
  const rpc = inProcessRpc({ clock, maxCalls: 100, onError: () => {} })
  if (order !== undefined) {
    const silent = { place: notAsked, getOrder: notAsked, listOrders: notAsked, listFacts: notAsked, cancelOrder: notAsked, setFaults: notAsked }
    rpc.provide(OrderServiceDefinition, { ...silent, refundOrder: notAsked, listRefunds: notAsked, ...order })
  }
  if (payment !== undefined) {
    const silent = { createPayment: notAsked, getPayment: notAsked, getOrderPayments: notAsked, receiveNotifications: notAsked, closeOrders: notAsked }
    rpc.provide(PaymentServiceDefinition, { ...silent, listQuarantine: notAsked, resolveQuarantine: notAsked, reconcile: notAsked, ...payment })
  }
  if (log !== undefined) rpc.provide(LogServiceDefinition, { listEntries: notAsked, ...log })
  if (messages !== undefined || measure !== undefined) {
    rpc.provide(OperationsServiceDefinition, {
      listDeadLetters: notAsked,
      replayDeadLetter: notAsked,
      traceMessages: messages === undefined ? notAsked : async () => ({ messages: [...messages] }),
      getMetrics: measure === undefined ? notAsked : async () => ({ text: await measure() }),
    })
  }
  for (const holder of effectHolders) {
    const effect = effects?.[holder]
    rpc.provide(EffectsServiceDefinition, { listEffects: async () => ({ effects: effect === undefined ? [] : [effect] }) }, holder)
  }
  return createEdge({
    services: connectServices(rpc, clock),
    rpc,
    clock,
    random: systemRandom,
    log: silentLog,
    notificationReaders: new Map<ChannelName, NotificationReader>(readers.map((reader) => [reader.channel, reader])),
    isOpen: () => true,
    authenticate: createAuthenticate({ kind: 'secret', secret: tokenSecret }, clock, silentLog),
    settings: { face: 'both', respondWithinMs: 2_000, placing, auditGraceMs: 0, trustedProxies: [trustedProxy], demo: { tokenSecret } },
  })
}

/** An edge in front of an order service that answers as a test says; the other services are away. */
export function edgeBefore(order: Partial<OrderService>): Promise<Server> {
  return edgeBeforeServices({ order })
}

export function bearer(userId: string): { authorization: string } {
  return { authorization: `Bearer ${signDemoToken(tokenSecret, { sub: userId }, startedAt + 60_000)}` }
}

/** The head of an order by user-1, as bytes; how long its body is, a test says. */
export const placingHead = `${[
  'POST /api/orders HTTP/1.1',
  'Host: localhost',
  `Authorization: ${bearer('user-1').authorization}`,
  'Content-Type: application/json',
  'Idempotency-Key: k',
].join('\r\n')}\r\n`

export function adminBearer(): { authorization: string } {
  return { authorization: `Bearer ${signDemoToken(tokenSecret, { sub: 'operator-1', role: 'admin' }, startedAt + 60_000)}` }
}

export const someOrder: Order = {
  orderId: 'ord_1',
  userId: 'user-1',
  state: OrderState.AWAITING_PAYMENT,
  items: [{ sku: 'tea', title: '龙井 Longjing', quantity: 2, unitPriceFen: 150 }],
  itemsFen: 300,
  discountFen: 100,
  balanceFen: 50,
  payableFen: 150,
  createdAt: startedAt,
  expiresAt: startedAt + 900_000,
  refundedFen: 0,
}

export const somePayment: Payment = {
  paymentId: 'pay_1',
  orderId: 'ord_1',
  userId: 'user-1',
  channel: 'CHANNEL_ALIPAY',
  product: 'page',
  amountFen: 150,
  state: 'PAYMENT_STATE_PENDING',
  createdAt: startedAt,
  expiresAt: startedAt + 900_000,
  refundedFen: 0,
  payUrl: 'https://pay.example/1',
  codeUrl: undefined,
  bridgeParameters: undefined,
}
