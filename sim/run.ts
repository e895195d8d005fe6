import { runAudit } from '@suanpan/audit'
import { CancelReason, OrderRefundState, OrderServiceDefinition, OrderState, PlaceOutcome, type OrderFacts } from '@suanpan/contracts/order'
import { PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { reasonOf } from '@suanpan/runtime/reason'
import { sendBuyers, type Dealings } from './buyers.ts'
import { ask, isPromise, sendCustomers, stockShop, type Stocked, type Wish } from './customers.ts'
import { restMs, troubleMs } from './limits.ts'
import { moneyFaults, type TradeOfOrder } from './money-truth.ts'
import { nodeNames } from './node.ts'
import { drawOptions, withoutFaults } from './options.ts'
import { rollFrom } from './random.ts'
import { falseAmounts, falseRefusals, meddlingFaults, neglectFaults, promiseFaults, revivalFaults, type FinalOrder } from './truth.ts'
import { createWorld, type World } from './world.ts'

export interface SeedReport {
  readonly seed: number
  /** What went wrong, first things first; empty: nothing. */
  readonly faults: readonly string[]
  readonly steps: number
  /** What happened, with its virtual time. */
  readonly trace: readonly string[]
  /** How often each answer was given, each order ended so, and each mark was reached. */
  readonly reached: ReadonlyMap<string, number>
}

/** Runs one day of the shop: trouble first, then rest, then the reckoning. Never rejects. */
export async function runSeed(seed: number): Promise<SeedReport> {
  const dice = rollFrom(seed)
  const drawn = drawOptions(dice)
  const world = createWorld(dice, drawn)
  const reached = new Map<string, number>()
  let faults: string[]
  try {
    faults = await liveThrough(world, reached)
  } catch (error) {
    faults = [reasonOf(error)]
  }
  for (const [mark, times] of world.marks.counts) reached.set(mark, times)
  const { steps } = world.scheduler
  await world.close().catch(() => {})
  return { seed, faults, steps, trace: [`options ${JSON.stringify(drawn)}`, ...world.trace], reached }
}

async function liveThrough(world: World, reached: Map<string, number>): Promise<string[]> {
  const { dice, clock } = world
  const { crashes, commitUnknown } = world.options()
  const stocked = await peacefully(world, () => stockShop(world))
  const openedAt = clock.now()
  const wishes = sendCustomers(world, stocked)
  const dealings = sendBuyers(world, wishes)
  for (let crash = 0; crash < crashes; crash++) {
    clock.after(dice.integer(100, troubleMs - 1_000), () => world.crash(dice.pick(nodeNames), dice.integer(50, 4_000)))
  }
  await runChecked(world, openedAt + troubleMs)
  world.endFaults()
  clock.after(restMs / 2, () => world.platforms.sendEverything())
  await runChecked(world, openedAt + troubleMs + restMs)
  for (const outcome of [...dealings.linked, ...dealings.paid, ...dealings.refunded]) count(reached, outcome)
  const faults = await peacefully(world, () => reckon({ world, stocked, wishes, dealings, reached, nobodyDies: crashes === 0 && commitUnknown === 0 }))
  return [...faults, ...dealings.contradicted]
}

/** Runs something to its end while nothing goes wrong. */
async function peacefully<Result>(world: World, work: () => Promise<Result>): Promise<Result> {
  const { scheduler } = world
  const drawn = world.options()
  world.setOptions(withoutFaults(drawn))
  const outcome = work()
  const state = { done: false }
  const finish = (): void => {
    state.done = true
  }
  outcome.then(finish, finish)
  for (let moment = 0; moment < 2_000 && !state.done; moment++) await scheduler.runUntil(scheduler.now() + 100)
  world.setOptions(drawn)
  if (!state.done) throw new Error('a question was not answered although nothing was wrong')
  return outcome
}

/** Looks twice a second whether stock adds up, and audits now and then, whatever else is going on. */
async function runChecked(world: World, until: number): Promise<void> {
  const { scheduler, brokenStock } = world
  const found: string[] = []
  let audits = 0
  let auditAt = scheduler.now() + auditEveryMs
  while (scheduler.now() < until || audits > 0) {
    const isOver = scheduler.now() >= until
    await scheduler.runUntil(isOver ? scheduler.now() + 10 : Math.min(until, scheduler.now() + 500))
    const broken = await brokenStock()
    if (broken !== undefined) throw new Error(`the stock of ${broken} does not add up`)
    if (scheduler.now() >= auditAt) {
      auditAt += auditEveryMs
      audits++
      void auditAmidTrouble(world).then((violations) => {
        audits--
        found.push(...violations)
      })
    }
    if (found[0] !== undefined) throw new Error(found[0])
  }
}

const auditEveryMs = 3_000

/** What takes a message or the sweeper's time, which crashes may draw out: this is judged at the end. */
const inTheEnd = /^(audit\.reachable|bus\.|orders\.|money\.|effects\.(sale_of|points_of|none_of))/

/** Likewise of an order that is being refunded: the order says so first. */
const afterRefunds = /^effects\.(balance_of|coupon_of)/

/** What holds at every moment: an order that its customer may pay has everything taken, though it expires before the end. */
async function auditAmidTrouble({ quietNetwork, clock, options }: World): Promise<string[]> {
  const { violations } = await runAudit({ rpc: quietNetwork(), clock, graceMs: 1_000 })
  const isOnItsWay = (check: string) => inTheEnd.test(check) || (options().refundShare > 0 && afterRefunds.test(check))
  return violations.filter(({ check }) => !isOnItsWay(check)).map(({ check, orderId = '', detail }) => `audit under way, ${check}: ${orderId} ${detail}`)
}

interface Day {
  readonly world: World
  readonly stocked: Stocked
  readonly wishes: readonly Wish[]
  readonly dealings: Dealings
  readonly reached: Map<string, number>
  /** No process died, and no commit was lost. */
  readonly nobodyDies: boolean
}

async function reckon({ world, stocked, wishes, dealings, reached, nobodyDies }: Day): Promise<string[]> {
  const { clock } = world
  const rpc = world.network()
  const report = await runAudit({ rpc, clock, graceMs: 0, deadLetters: () => world.countDeadLetters() })
  const faults = report.violations.map(({ check, orderId = '', detail }) => `audit ${check}: ${orderId} ${detail}`)
  const { final, facts } = await readOrders(world)
  const unpaid = [...final].flatMap(([orderId, { order }]) => (order.cancelReason === CancelReason.UNPAID ? orderId : []))
  faults.push(...moneyFaults(await readTrades(world), facts, new Set(unpaid)))
  for (const { order } of final.values()) count(reached, `${order.state} ${order.cancelReason ?? ''}`.trim())
  for (const wish of wishes) {
    for (const outcome of [...wish.told.map((answer) => answer.outcome), ...wish.cancelled]) count(reached, outcome)
    // Whoever was promised nothing would open a new order by asking again.
    if (!wish.told.some(isPromise)) continue
    const replayed = await ask(world, wish.command)
    if (replayed === undefined || !isPromise(replayed)) faults.push(`${wish.command.idempotencyKey} gets no answer any more`)
    faults.push(
      ...promiseFaults(wish, replayed, final),
      ...revivalFaults(wish, final),
      ...meddlingFaults(wish),
      ...(nobodyDies ? neglectFaults(wish, final) : []),
    )
    const misused = await ask(world, { ...wish.command, requestDigest: 'another body' })
    for (const { outcome } of [...wish.misused, ...(misused === undefined ? [] : [misused])]) {
      count(reached, outcome)
      const isRefused = outcome === PlaceOutcome.IDEMPOTENCY_KEY_REUSED || outcome === PlaceOutcome.UNAVAILABLE || outcome === PlaceOutcome.OVERLOADED
      if (!isRefused) faults.push(`${wish.command.idempotencyKey} with another body: ${outcome}`)
    }
  }
  faults.push(...falseRefusals([...final.values()], stocked, restMs), ...falseAmounts([...final.values()], stocked))
  const retries = await world.countRetries()
  if (retries > 0) faults.push(`${retries} messages are still tried again, although nothing is wrong any more`)
  const hasty = world.platforms.hastyRefunds()
  if (hasty > 0) faults.push(`${hasty} refunds came without the pause that their platform wants`)
  const leftBehind = await world.countLeftBehind()
  if (leftBehind > 0) faults.push(`${leftBehind} notifications were acknowledged, and have had no effect`)
  const keys = await world.countKeys()
  if (keys.orders !== keys.idempotencyKeys) faults.push(`${keys.orders} orders for ${keys.idempotencyKeys} keys`)
  return [...faults, ...(await lateCouponFaults(world, final)), ...(await refundFaults(world, dealings))]
}

/** Whoever gives everything back gets the coupon back while it can be used; whose order is cancelled, in any case. */
async function lateCouponFaults(world: World, final: ReadonlyMap<string, FinalOrder>): Promise<string[]> {
  const late = (await world.ordersWithLateCoupon()).filter((orderId) => final.get(orderId)?.order.state === OrderState.REFUNDED)
  return late.map((orderId) => `the coupon of ${orderId} was returned after its time`)
}

/** What operators were promised to be given back has been, or was refused. */
async function refundFaults(world: World, { promised }: Dealings): Promise<string[]> {
  const order = world.network().client(OrderServiceDefinition)
  const faults: string[] = []
  for (const { refundId, orderId } of promised.values()) {
    const reply = await order.listRefunds({ orderId }, { deadlineAt: world.clock.now() + 60_000 })
    const found = reply.kind === 'answered' ? reply.response.refunds.find((each) => each.refundId === refundId) : undefined
    const hasEnded = found !== undefined && found.state !== OrderRefundState.PROCESSING
    if (!hasEnded) faults.push(`refund ${refundId} of ${orderId} was accepted, and is ${found?.state ?? 'unknown'} at the end`)
  }
  return faults
}

interface Orders {
  readonly final: Map<string, FinalOrder>
  readonly facts: Map<string, OrderFacts>
}

async function readOrders(world: World): Promise<Orders> {
  const order = world.network().client(OrderServiceDefinition)
  const options = { deadlineAt: world.clock.now() + 60_000 }
  const listed = await order.listOrders({ userId: '', state: undefined, limit: 1_000, beforeOrderId: '' }, options)
  const listedFacts = await order.listFacts({ afterOrderId: '', limit: 1_000, orderIds: [] }, options)
  if (listed.kind !== 'answered' || listedFacts.kind !== 'answered') throw new Error('the order service does not answer any more')
  const facts = new Map(listedFacts.response.facts.map((fact) => [fact.orderId, fact]))
  const final = listed.response.orders.map((found): [string, FinalOrder] => {
    const changedAt = facts.get(found.orderId)?.changedAt ?? 0
    return [found.orderId, { order: found, createdAt: found.createdAt, changedAt }]
  })
  return { final: new Map(final), facts }
}

/** Every trade at a platform, with the order that the payment service says it is for. */
async function readTrades(world: World): Promise<TradeOfOrder[]> {
  const payment = world.network().client(PaymentServiceDefinition)
  return Promise.all(
    world.platforms.trades().map(async (trade) => {
      const reply = await payment.getPayment({ paymentId: trade.terms.outTradeNo, userId: '' }, { deadlineAt: world.clock.now() + 60_000 })
      return { trade, orderId: reply.kind === 'answered' ? reply.response.payment?.orderId : undefined }
    }),
  )
}

function count(reached: Map<string, number>, what: string): void {
  reached.set(what, (reached.get(what) ?? 0) + 1)
}
