import assert from 'node:assert/strict'
import { pointsFor, pointsTakenBack } from '@suanpan/contracts/points-due'
import { moneyFaults } from '@suanpan/sim/money-truth'
import { eventually } from './eventually.ts'
import { askForRefund, type BegunPayment } from './payers.ts'
import { orderMoney, tradeMoney, type Platforms } from './platforms.ts'
import type { OrderAnswer, RefundAnswer, ShopCalls } from './shop-calls.ts'

/** What was acknowledged is taken up at once, or at a start: seconds, with plenty for a busy machine. */
export const takesEffectWithinMs = 30_000
/** Refunds that Alipay did not answer are asked about after ten seconds, and after thirty more; WeChat Pay's after a minute. */
export const settleWithinMs = 120_000
/** What was not acknowledged comes again after four minutes of the platforms' time; after five, the first links have expired. */
export const retriesAfterMs = 245_000

export const isPaid = ({ state }: OrderAnswer): boolean => ['paid', 'partially_refunded', 'refunded'].includes(state)

/** What customers have begun, and operators were promised. */
export interface PaymentHistory {
  /** Every payment that was begun, by its number, which is also the platform's. */
  readonly begun: Map<string, BegunPayment>
  readonly promised: Map<string, RefundAnswer>
}

/**
 * What the platforms were told `success` about is true. Answers how many payments that was. Where the platforms answer
 * no questions meanwhile, nobody else can have told the shop: they do not say again what was acknowledged.
 */
export async function assertAcknowledgedTakesEffect(shop: ShopCalls, sandbox: Platforms, { begun }: PaymentHistory): Promise<number> {
  const deliveries = (await sandbox.deliveries()).filter(({ state }) => state === 'acknowledged')
  const paid = new Set(deliveries.filter(({ event }) => event === 'paid').map(({ outTradeNo }) => outTradeNo))
  await eventually('acknowledged payments with a paid order and an entry in the log', takesEffectWithinMs, async () => {
    const orders = await shop.allOrders()
    const logged = new Set((await logEntries(shop, 'payment.paid')).map(({ paymentId }) => paymentId))
    return [...paid].filter((paymentId) => {
      const order = orders.get(begun.get(paymentId)?.orderId ?? '')
      return order === undefined || !isPaid(order) || !logged.has(paymentId)
    })
  })
  return paid.size
}

interface Entry {
  readonly paymentId: string
  readonly refundId: string
  readonly orderId: string
}

/** What the payment log says of a topic. */
async function logEntries({ call }: ShopCalls, topic: string): Promise<readonly Entry[]> {
  interface Page {
    readonly items: readonly { readonly topic: string; readonly orderId: string; readonly detail: string }[]
    readonly next?: string
  }
  const entries: Entry[] = []
  for (let cursor = ''; ;) {
    const { items, next } = (await call('GET', `/admin/log?limit=1000${cursor}`)) as Page
    for (const item of items) if (item.topic === topic) entries.push({ ...(JSON.parse(item.detail) as Entry), orderId: item.orderId })
    if (next === undefined) return entries
    cursor = `&cursor=${next}`
  }
}

async function refundsOf({ call }: ShopCalls, orderId: string): Promise<readonly RefundAnswer[]> {
  return ((await call('GET', `/admin/orders/${orderId}/refunds`)) as { readonly items: readonly RefundAnswer[] }).items
}

/** Whoever paid has their order or their money, each refund has ended, and both sides hold the same. */
export async function assertMoneySettles(shop: ShopCalls, sandbox: Platforms, { begun, promised }: PaymentHistory): Promise<void> {
  await sandbox.call('POST', '/sandbox/clock', { advanceMs: retriesAfterMs })
  await eventually('the platforms and the orders agree', settleWithinMs, async () => {
    const orders = await shop.allOrders()
    const money = new Map<string, ReturnType<typeof orderMoney>>()
    for (const { orderId } of begun.values()) {
      const order = orders.get(orderId)
      const refunds = order?.refundedFen === undefined ? [] : await refundsOf(shop, orderId)
      const platformFen = refunds.filter(({ state }) => state === 'done').reduce((sum, refund) => sum + refund.platformFen, 0)
      if (order !== undefined) money.set(orderId, orderMoney(order, platformFen))
    }
    const trades = (await sandbox.trades()).map((trade) => ({ trade: tradeMoney(trade), orderId: begun.get(trade.outTradeNo)?.orderId }))
    return moneyFaults(trades, money, new Set())
  })
  await eventually('promised refunds are done', settleWithinMs, async () => {
    const found = await Promise.all([...promised.values()].map(({ orderId }) => refundsOf(shop, orderId)))
    return found.flat().filter(({ state }) => state !== 'done')
  })
}

/** A promise is asked for again under its key: it is the same refund, and no second one. */
export async function assertRefundsAreTheSame(shop: ShopCalls, { promised }: PaymentHistory): Promise<void> {
  for (const { refundId, orderId, amountFen } of promised.values()) {
    const again = await askForRefund(shop, orderId)
    assert.deepEqual([again.refundId, again.amountFen], [refundId, amountFen])
    assert.equal((await refundsOf(shop, orderId)).length, 1)
  }
}

/** What is not in the log exactly once, and customers whose points are not what their orders come to. */
export async function lackingEffects(shop: ShopCalls, sandbox: Platforms): Promise<readonly string[]> {
  const paidOrders = [...(await shop.allOrders()).values()].filter(isPaid)
  const paidTrades = (await sandbox.trades()).filter(({ paidAt }) => paidAt !== undefined)
  const refunds = paidTrades.flatMap((trade) => trade.refunds.map(({ outRefundNo }) => outRefundNo))
  const unlike = async (topic: string, id: keyof Entry, expected: readonly string[]) => {
    const found = (await logEntries(shop, topic)).map((entry) => entry[id])
    return found.toSorted().join() === expected.toSorted().join() ? [] : [`${topic}: ${found.length} entries for ${expected.length}`]
  }
  const paymentIds = paidTrades.map(({ outTradeNo }) => outTradeNo)
  const orderIds = paidOrders.map(({ orderId }) => orderId)
  const log = [
    ...(await unlike('payment.paid', 'paymentId', paymentIds)),
    ...(await unlike('order.paid', 'orderId', orderIds)),
    ...(await unlike('payment.refund_settled', 'refundId', refunds)),
  ]
  const points = await Promise.all(
    [...new Set(paidOrders.map(({ userId }) => userId))].map(async (userId) => {
      const orders = paidOrders.filter((order) => order.userId === userId)
      const due = orders.reduce((sum, order) => sum + pointsDue(order), 0)
      const { points: found } = (await shop.callAs(userId, 'GET', '/api/me')) as { readonly points: number }
      return found === due ? [] : [`${userId} has ${found} points, and ${due} are due`]
    }),
  )
  return [...log, ...points.flat()]
}

function pointsDue({ balanceFen, payableFen, refundedFen = 0 }: OrderAnswer): number {
  return pointsFor(balanceFen + payableFen) - pointsTakenBack(balanceFen + payableFen, refundedFen)
}
