import { CatalogServiceDefinition } from '@suanpan/contracts/catalog'
import { CouponServiceDefinition, type CouponDeclaration } from '@suanpan/contracts/coupon'
import { InventoryServiceDefinition } from '@suanpan/contracts/inventory'
import { OrderServiceDefinition, PlaceOutcome, type CancelOutcome, type PlaceAnswer, type PlaceCommand } from '@suanpan/contracts/order'
import { UserServiceDefinition } from '@suanpan/contracts/user'
import { troubleMs } from './limits.ts'
import type { World } from './world.ts'

/** One wish of a customer, with everything that was ever answered to it. */
export interface Wish {
  readonly command: PlaceCommand
  readonly told: PlaceAnswer[]
  /** What was answered to the same key with another body, once the first had its answer. */
  readonly misused: PlaceAnswer[]
  /** What its customer was answered who wanted to cancel the order. */
  readonly cancelled: CancelOutcome[]
  /** What strangers were answered who wanted to cancel the order. */
  readonly meddled: CancelOutcome[]
}

/** What the shop had at the beginning. */
export interface Stocked {
  readonly skus: readonly string[]
  readonly unitsOf: ReadonlyMap<string, number>
  readonly balanceOf: ReadonlyMap<string, number>
  readonly couponOf: ReadonlyMap<string, CouponDeclaration>
  readonly priceOf: ReadonlyMap<string, number>
}

/** Outcomes that a client is to believe for ever; the others ask it to come back. */
export function isPromise({ outcome }: PlaceAnswer): boolean {
  return outcome === PlaceOutcome.PLACED || outcome === PlaceOutcome.ACCEPTED || outcome === PlaceOutcome.REFUSED
}

const longAnswerMs = 60_000

/** Fills the shop before anything goes wrong. */
export async function stockShop(world: World): Promise<Stocked> {
  const { dice, clock } = world
  const { skus: skuCount, users: userCount, stock, balanceFen, coupons: couponCount } = world.options()
  const options = { deadlineAt: clock.now() + longAnswerMs }
  const network = world.network()
  const skus = Array.from({ length: skuCount }, (_, index) => `SKU-${index}`)
  const users = Array.from({ length: userCount }, (_, index) => `user-${index}`)
  const products = skus.map((sku, index) => ({ sku, title: `Product ${index}`, priceFen: 1_000 + 350 * index }))
  const coupons = Array.from({ length: couponCount }, (_, index) => ({
    couponId: `coupon-${index}`,
    userId: users[index % users.length] ?? '',
    discountFen: dice.pick([500, 500, 500, 100_000]),
    minimumSpendFen: dice.pick([0, 0, 3_000]),
    expiresAt: dice.chance(0.6) ? clock.now() + dice.integer(3_000, troubleMs) : undefined,
  }))
  await network.client(CatalogServiceDefinition).importProducts({ products }, options)
  await network.client(InventoryServiceDefinition).importStock({ stock: skus.map((sku) => ({ sku, receivedUnits: stock })) }, options)
  await network.client(UserServiceDefinition).importUsers({ users: users.map((userId) => ({ userId, openingBalanceFen: balanceFen })) }, options)
  if (coupons.length > 0) await network.client(CouponServiceDefinition).importCoupons({ coupons }, options)
  return {
    skus,
    unitsOf: new Map(skus.map((sku) => [sku, stock])),
    balanceOf: new Map(users.map((userId) => [userId, balanceFen])),
    couponOf: new Map(coupons.map((coupon) => [coupon.couponId, coupon])),
    priceOf: new Map(products.map(({ sku, priceFen }) => [sku, priceFen])),
  }
}

function wishFor(world: World, { skus, balanceOf }: Stocked, index: number): Wish {
  const { dice } = world
  const { coupons, asyncShare, respondWithinMs } = world.options()
  const useAllBalance = dice.chance(0.4)
  const lines = Array.from({ length: dice.integer(1, 2) }, () => ({ sku: dice.chance(0.02) ? 'SKU-unknown' : dice.pick(skus), quantity: dice.integer(1, 3) }))
  const userIndex = dice.integer(0, balanceOf.size - 1)
  // Mostly a coupon of their own, where they have one: others' are refused, and nobody would fight over one.
  const own = Array.from({ length: coupons }, (_, each) => each).filter((each) => each % balanceOf.size === userIndex)
  const couponIndex = own.length > 0 && dice.chance(0.7) ? dice.pick(own) : dice.integer(0, Math.max(0, coupons - 1))
  const command: PlaceCommand = {
    userId: `user-${userIndex}`,
    idempotencyKey: `key-${index}`,
    requestDigest: `digest-${index}`,
    lines,
    couponId: coupons > 0 && dice.chance(0.45) ? `coupon-${couponIndex}` : undefined,
    useBalanceFen: useAllBalance ? 0 : dice.pick([0, 0, 1_000, 4_000]),
    useAllBalance,
    respondAsync: dice.chance(asyncShare),
    respondWithinMs,
    traceparent: '',
  }
  return { command, told: [], misused: [], cancelled: [], meddled: [] }
}

/** Sends customers into the shop over the whole time of trouble; each repeats until it is told something to believe. */
export function sendCustomers(world: World, stocked: Stocked): Wish[] {
  const { dice, clock } = world
  const { placings, duplicateShare, cancelShare } = world.options()
  return Array.from({ length: placings }, (_, index) => {
    const wish = wishFor(world, stocked, index)
    const beginAfterMs = dice.integer(0, troubleMs - 5_000)
    clock.after(beginAfterMs, () => void insist(world, wish))
    if (dice.chance(duplicateShare)) clock.after(beginAfterMs + dice.integer(0, 300), () => void insist(world, wish))
    if (dice.chance(duplicateShare)) clock.after(beginAfterMs + dice.integer(0, 4_000), () => void misuse(world, wish))
    if (dice.chance(cancelShare)) clock.after(beginAfterMs + dice.pick([30, 60, 300, 1_500, 3_000, 6_000]), () => void cancel(world, wish))
    return wish
  })
}

/** Asks again, with the same key, until there is an answer that counts; never more than the time of trouble allows. */
async function insist(world: World, wish: Wish): Promise<void> {
  const { clock, scheduler, dice } = world
  const giveUpAt = scheduler.now() + 10_000
  while (scheduler.now() < giveUpAt) {
    const answer = await ask(world, wish.command)
    if (answer !== undefined) {
      wish.told.push(answer)
      if (isPromise(answer) || answer.outcome === PlaceOutcome.UNKNOWN_SKU) return
    }
    await clock.sleep(dice.integer(50, 800))
  }
}

/** Places an order at either order service. Undefined: no answer came. */
export async function ask(world: World, command: PlaceCommand): Promise<PlaceAnswer | undefined> {
  const { clock, dice } = world
  const order = world.network(dice.pick([1, 2])).client(OrderServiceDefinition)
  const reply = await order.place({ commands: [command] }, { deadlineAt: clock.now() + command.respondWithinMs + 1_000 })
  return reply.kind === 'answered' ? reply.response.answers[0] : undefined
}

/** The same key with another body, after the first was answered: before that, it might be the one that counts. */
async function misuse(world: World, { command, told, misused }: Wish): Promise<void> {
  if (!told.some(isPromise)) return
  const answer = await ask(world, { ...command, requestDigest: 'another body' })
  if (answer !== undefined) misused.push(answer)
}

/** One in five is somebody else, who has got hold of the order's id. */
async function cancel(world: World, { command, told, cancelled, meddled }: Wish): Promise<void> {
  const orderId = told.find(isPromise)?.order?.orderId
  if (orderId === undefined) return
  const order = world.network(world.dice.pick([1, 2])).client(OrderServiceDefinition)
  const isStranger = world.dice.chance(0.2)
  const reply = await order.cancelOrder({ orderId, userId: isStranger ? 'stranger' : command.userId }, { deadlineAt: world.clock.now() + 1_000 })
  if (reply.kind !== 'answered') return
  if (isStranger) meddled.push(reply.response.outcome)
  else cancelled.push(reply.response.outcome)
}
