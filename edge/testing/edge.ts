import { OrderServiceDefinition, OrderState, type Order } from '@suanpan/contracts/order'
import { inProcessRpc, type Implementation } from '@suanpan/runtime/rpc'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemRandom } from '@suanpan/runtime/time'
import type { Server } from '../context.ts'
import { createAuthenticate, signDemoToken } from '../identity.ts'
import { createEdge } from '../server.ts'
import { connectServices } from '../services.ts'

export type OrderService = Implementation<typeof OrderServiceDefinition>

export const tokenSecret = 'a secret for tests, of 32 bytes or more'
export const startedAt = 1_000_000

const notAsked = (): Promise<never> => Promise.reject(new Error('this test does not ask that'))

/** An edge in front of an order service that answers as a test says; the other services are away. */
export async function edgeBefore(orders: Partial<OrderService>): Promise<Server> {
  const clock = manualClock(startedAt)
  const rpc = inProcessRpc({ clock, maxCalls: 100, onError: () => {} })
  rpc.provide(OrderServiceDefinition, {
    place: notAsked,
    getOrder: notAsked,
    listOrders: notAsked,
    listFacts: notAsked,
    cancelOrder: notAsked,
    setFaults: notAsked,
    ...orders,
  })
  return createEdge({
    services: connectServices(rpc, clock),
    rpc,
    clock,
    random: systemRandom,
    log: silentLog,
    authenticate: createAuthenticate({ kind: 'secret', secret: tokenSecret }, clock),
    settings: { respondWithinMs: 2_000, auditGraceMs: 0, demo: { tokenSecret } },
  })
}

export function bearer(userId: string): { authorization: string } {
  return { authorization: `Bearer ${signDemoToken(tokenSecret, { sub: userId }, startedAt + 60_000)}` }
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
}
