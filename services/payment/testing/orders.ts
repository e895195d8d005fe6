import { OrderServiceDefinition, type Order, type OrderFacts } from '@suanpan/contracts/order'
import { inProcessRpc, type Rpc } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'

/** What the payment service asks of an order, and of nothing else. */
export interface TestOrder {
  readonly userId: string
  readonly state: Order['state']
  readonly payableFen: number
  readonly expiresAt: number
  readonly titles: readonly string[]
  /** The payment that paid it. */
  readonly paymentId: string
  /** What it has heard that the platform gave back. */
  readonly platformRefundedFen: number
}

export function testOrder(change: Partial<TestOrder>): TestOrder {
  const state = 'ORDER_STATE_AWAITING_PAYMENT'
  return { userId: 'user-1', state, payableFen: 100, expiresAt: 0, titles: ['Tea'], paymentId: '', platformRefundedFen: 0, ...change }
}

/** An order service that knows the orders which the test gives it, reached as in one process. */
export function testOrders(clock: Clock) {
  const orders = new Map<string, TestOrder>()
  let answers = true
  let lost = 0
  const rpc: Rpc = inProcessRpc({ clock, maxCalls: 10_000, onError: () => {} })
  const notAsked = () => Promise.reject(new Error('payments do not ask this'))

  rpc.provide(OrderServiceDefinition, {
    place: notAsked,
    listOrders: notAsked,
    cancelOrder: notAsked,
    refundOrder: notAsked,
    listRefunds: notAsked,
    setFaults: notAsked,
    getOrder: async ({ orderId, userId }) => {
      const order = orders.get(orderId)
      if (!answers || lost-- > 0) throw new Error('the order service is away')
      return { order: order === undefined || order.userId !== userId ? undefined : toOrder(orderId, order), events: [] }
    },
    listFacts: async ({ orderIds }) => {
      if (!answers) throw new Error('the order service is away')
      return { facts: orderIds.flatMap((orderId) => factsOf(orderId, orders.get(orderId)) ?? []) }
    },
  })

  return {
    rpc,
    /** Awaits 100 fen of user-1 for fifteen minutes, unless told otherwise; a second time changes it. */
    put: (orderId: string, change: Partial<TestOrder> = {}) => {
      const fresh = testOrder({ expiresAt: clock.now() + 900_000 })
      orders.set(orderId, { ...(orders.get(orderId) ?? fresh), ...change })
    },
    goAway: (isAway: boolean) => {
      answers = !isAway
    },
    /** Whoever asks for an order next gets no answer, so many times. */
    loseNext: (times: number) => {
      lost = times
    },
  }
}

export type TestOrders = ReturnType<typeof testOrders>

function toOrder(orderId: string, { userId, state, payableFen, expiresAt, titles }: TestOrder): Order {
  const items = titles.map((title) => ({ sku: title, title, quantity: 1, unitPriceFen: payableFen }))
  return { orderId, userId, state, items, itemsFen: payableFen, discountFen: 0, balanceFen: 0, payableFen, createdAt: 0, expiresAt, refundedFen: 0 }
}

export function factsOf(orderId: string, order: TestOrder | undefined): OrderFacts | undefined {
  if (order === undefined) return undefined
  const { userId, state, payableFen, paymentId, platformRefundedFen, expiresAt } = order
  return {
    orderId,
    state,
    userId,
    units: 1,
    itemsFen: payableFen,
    discountFen: 0,
    balanceFen: 0,
    payableFen,
    createdAt: 0,
    changedAt: 0,
    dueAt: 0,
    platformRefundedFen,
    balanceRefundedFen: 0,
    paymentId,
    expiresAt,
    unitsBySku: 'Tea 1',
  }
}
