import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pointsFor, pointsTakenBack } from '@suanpan/contracts/points-due'
import { moneyFaults } from '@suanpan/sim/money-truth'
import { askForRefund, beginPayments, importPayers, payAll, refundAll, type BegunPayment } from './testing/payers.ts'
import { callPlatforms, orderMoney, tradeMoney, type Platforms } from './testing/platforms.ts'
import { freePort, runProgram, startProgram, startSandboxProgram, type Environment, type Program } from './testing/program.ts'
import { testOnRealStores } from './testing/real-stores.ts'
import { callShop, type OrderAnswer, type RefundAnswer, type ShopCalls } from './testing/shop-calls.ts'

const ordersPerRound = 50
/** In the middle of notifications and of refunds: another moment every time. */
const killAfterAcknowledged = () => 3 + Math.random() * 25
/** What was acknowledged is taken up at the start: seconds, with plenty for a busy machine. */
const takesEffectWithinMs = 30_000
/** Refunds whose answer was lost are asked about after ten seconds, and after thirty more. */
const settleWithinMs = 120_000
/** What was not acknowledged comes again after four minutes of the platforms' time; after five, the first links have expired. */
const retriesAfterMs = 245_000
/** Longer than the platforms' clock is put forward in all. */
const unpaidTimeoutMs = 60 * 60_000

const isPaid = ({ state }: OrderAnswer) => ['paid', 'partially_refunded', 'refunded'].includes(state)

interface History {
  /** Every payment that was begun, by its number, which is also the platform's. */
  readonly begun: Map<string, BegunPayment>
  /** Refunds that an operator was promised. */
  readonly promised: Map<string, RefundAnswer>
}

async function eventually(what: string, withinMs: number, lacking: () => Promise<readonly unknown[]>, lookEveryMs = 200): Promise<void> {
  const until = Date.now() + withinMs
  for (let left = await lacking(); left.length > 0; left = await lacking()) {
    assert.ok(Date.now() < until, `${what}: ${left.length} are lacking, such as ${JSON.stringify(left[0])}`)
    await sleep(lookEveryMs)
  }
}

/**
 * Orders and payments; then the platforms say at once what they could not say before, further customers pay, an operator
 * refunds what earlier rounds have paid: and the shop dies under all of it.
 */
async function payUntilKilled(program: Program, sandbox: Platforms, { begun, promised }: History, round: number): Promise<void> {
  const shop = await callShop(program)
  await importPayers(shop)
  const paidBefore = [...(await shop.allOrders()).values()].filter(isPaid).map(({ orderId }) => orderId)
  const numbers = Array.from({ length: ordersPerRound }, (_, index) => round * ordersPerRound + index)
  const payments = await beginPayments(program, shop, numbers)
  for (const payment of payments) begun.set(payment.paymentId, payment)
  const heardLate = payments.filter((_, index) => index % 3 > 0)
  await sandbox.call('POST', '/sandbox/faults', { notify: { drop: true } })
  await payAll(sandbox, heardLate, () => false)
  await sandbox.call('DELETE', '/sandbox/faults')

  let isDead = false
  const paying = payAll(
    sandbox,
    payments.filter((payment) => !heardLate.includes(payment)),
    () => isDead,
  )
  const refunding = refundAll(shop, paidBefore, (refund) => promised.set(refund.refundId, refund))
  const heardBefore = await acknowledgedCount(sandbox)
  const enough = heardBefore + killAfterAcknowledged()
  await sandbox.call('POST', '/sandbox/clock', { advanceMs: retriesAfterMs })
  const missing = async () => ((await acknowledgedCount(sandbox)) < enough ? [enough] : [])
  await eventually('acknowledged notifications', takesEffectWithinMs, missing, 2)
  await program.kill()
  isDead = true
  await Promise.all([paying, refunding])
}

async function acknowledgedCount(sandbox: Platforms): Promise<number> {
  return (await sandbox.deliveries()).filter(({ state }) => state === 'acknowledged').length
}

/**
 * What the platforms were told `success` about is true, and nobody else can tell the shop: the platforms answer no
 * question, and do not say again what was acknowledged.
 */
async function assertAcknowledgedTakesEffect(shop: ShopCalls, sandbox: Platforms, { begun }: History): Promise<number> {
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
async function assertMoneySettles(shop: ShopCalls, sandbox: Platforms, { begun, promised }: History): Promise<void> {
  await sandbox.call('POST', '/sandbox/clock', { advanceMs: retriesAfterMs })
  await eventually('the platforms and the orders agree', settleWithinMs, async () => {
    const orders = await shop.allOrders()
    const money = new Map<string, ReturnType<typeof orderMoney>>()
    for (const { orderId } of begun.values()) {
      const order = orders.get(orderId)
      const refunds = order?.refundedFen === undefined ? [] : await refundsOf(shop, orderId)
      const done = refunds.filter(({ state }) => state === 'done')
      if (order !== undefined)
        money.set(
          orderId,
          orderMoney(
            order,
            done.reduce((sum, { platformFen }) => sum + platformFen, 0),
          ),
        )
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
async function assertRefundsAreTheSame(shop: ShopCalls, { promised }: History): Promise<void> {
  for (const { refundId, orderId, amountFen } of promised.values()) {
    const again = await askForRefund(shop, orderId)
    assert.deepEqual([again.refundId, again.amountFen], [refundId, amountFen])
    assert.equal((await refundsOf(shop, orderId)).length, 1)
  }
}

/** What is not in the log exactly once, and customers whose points are not what their orders come to. */
async function lackingEffects(shop: ShopCalls, sandbox: Platforms): Promise<readonly string[]> {
  const paidOrders = [...(await shop.allOrders()).values()].filter(isPaid)
  const paidTrades = (await sandbox.trades()).filter(({ paidAt }) => paidAt !== undefined)
  const refunds = paidTrades.flatMap((trade) => trade.refunds.map(({ outRefundNo }) => outRefundNo))
  const unlike = async (topic: string, id: keyof Entry, expected: readonly string[]) => {
    const found = (await logEntries(shop, topic)).map((entry) => entry[id])
    return found.toSorted().join() === expected.toSorted().join() ? [] : [`${topic}: ${found.length} entries for ${expected.length}`]
  }
  const log = [
    ...(await unlike(
      'payment.paid',
      'paymentId',
      paidTrades.map(({ outTradeNo }) => outTradeNo),
    )),
    ...(await unlike(
      'order.paid',
      'orderId',
      paidOrders.map(({ orderId }) => orderId),
    )),
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

/** Every effect there, once; nothing in the quarantine, nothing dead, clean books, and a log whose chain is unbroken. */
async function assertBooks({ host, port }: Program, shop: ShopCalls, sandbox: Platforms): Promise<void> {
  await eventually('effects that are there once', takesEffectWithinMs, () => lackingEffects(shop, sandbox))
  assert.deepEqual(await shop.call('GET', '/admin/quarantine'), { items: [] })
  assert.deepEqual(await shop.call('GET', '/admin/dead-letters'), { items: [] })
  const audit = (await shop.call('GET', '/admin/audit')) as { readonly ok: boolean; readonly violations: readonly unknown[] }
  assert.deepEqual([audit.ok, audit.violations], [true, []])
  const { exitCode, said } = await runProgram('log', 'verify', '--url', `http://${host}:${port}`)
  assert.equal(exitCode, 0, said)
}

async function crashAndCheck(environment: Environment, rounds: number): Promise<void> {
  const history: History = { begun: new Map(), promised: new Map() }
  const sandboxProgram = await startSandboxProgram(environment)
  // Trades name where they notify: the shop comes back to the same place. On any port, as it uses the sandbox that runs.
  const onSamePlace = { ...environment, PORT: String(await freePort()), SANDBOX_PORT: '0', UNPAID_TIMEOUT_MS: String(unpaidTimeoutMs) }
  const sandbox = callPlatforms(sandboxProgram)
  let program: Program | undefined
  let acknowledged = 0
  try {
    for (let round = 0; round < rounds; round++) {
      program ??= await startProgram(onSamePlace)
      await payUntilKilled(program, sandbox, history, round)
      await sandbox.call('POST', '/sandbox/faults', { api: { operations: ['query', 'close', 'refund', 'queryRefund'], status: 500 } })
      program = await startProgram(onSamePlace)
      acknowledged = await assertAcknowledgedTakesEffect(await callShop(program), sandbox, history)
      await sandbox.call('DELETE', '/sandbox/faults')
    }
    assert.ok(program !== undefined)
    const shop = await callShop(program)
    await assertMoneySettles(shop, sandbox, history)
    await assertRefundsAreTheSame(shop, history)
    await assertBooks(program, shop, sandbox)
    assert.ok(acknowledged > 0 && history.promised.size > 0, `${acknowledged} notifications, ${history.promised.size} refunds`)
  } finally {
    await program?.kill()
    await sandboxProgram.kill()
  }
}

// Both stores at once: most of the time is pauses before a platform may be asked again.
describe('kill -9 while the platforms notify, restart: what was acknowledged takes effect, once', { concurrency: true }, () => {
  testOnRealStores({ onSqlite: 3, onPostgres: 2 }, crashAndCheck)
})
