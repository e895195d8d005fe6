import { CancelOutcome, CancelReason, OrderState, PlaceOutcome, type Order, type PlaceAnswer } from '@suanpan/contracts/order'
import { isPromise, type Stocked, type Wish } from './customers.ts'
import { times } from './limits.ts'

/** What the order service finally says about an order, and when it could have held anything. */
export interface FinalOrder {
  readonly order: Order
  readonly createdAt: number
  /** When it was last changed: a cancelled one held nothing after it and the messages that follow. */
  readonly changedAt: number
}

/** Every promise that was made to a customer, held against the end of the story. */
export function promiseFaults({ command, told }: Wish, replayed: PlaceAnswer | undefined, final: ReadonlyMap<string, FinalOrder>): string[] {
  const { idempotencyKey } = command
  const promises = [...told, ...(replayed === undefined ? [] : [replayed])].filter(isPromise)
  const [first] = promises
  if (first === undefined) return []
  const faults = promises.filter((other) => said(other) !== said(first)).map((other) => `${idempotencyKey} was told ${said(first)}, and then ${said(other)}`)
  const order = final.get(first.order?.orderId ?? '')?.order
  if (order === undefined) return [...faults, `${idempotencyKey} was told about ${first.order?.orderId ?? 'an order'}, which does not exist`]
  const broken = brokenPromise(first.outcome, order)
  return broken === undefined ? faults : [...faults, `${idempotencyKey} was told ${first.outcome}, but ${broken}`]
}

function said({ outcome, order }: PlaceAnswer): string {
  return JSON.stringify({ outcome, order })
}

const wasPaid = new Set<OrderState>([OrderState.PAID, OrderState.PARTIALLY_REFUNDED, OrderState.REFUNDED])

/** What may not become of an order after its customer was told this. */
function brokenPromise(outcome: PlaceOutcome, { state, cancelReason }: Order): string | undefined {
  if (state === OrderState.PENDING) return 'the order is still pending'
  if (outcome === PlaceOutcome.REFUSED) return state === OrderState.CANCELLED ? undefined : `the order is ${state}`
  const keptOrUndone = wasPaid.has(state) || cancelReason === CancelReason.UNPAID || cancelReason === CancelReason.CUSTOMER
  return outcome === PlaceOutcome.ACCEPTED || keptOrUndone ? undefined : `the order was cancelled: ${cancelReason ?? 'for no reason'}`
}

/** An order that was left to the sweeper: where nobody dies, whoever placed it decides it within its time. */
export function neglectFaults({ command, told }: Wish, final: ReadonlyMap<string, FinalOrder>): string[] {
  const found = final.get(told.find(isPromise)?.order?.orderId ?? '')
  if (found?.order.cancelReason !== CancelReason.TIMED_OUT) return []
  const isLate = found.changedAt - found.createdAt >= (command.respondAsync ? times.queuedDeadlineMs : times.sagaDeadlineMs)
  return isLate ? [`${command.idempotencyKey} was left alone until its time was over`] : []
}

/** Who was told that the order is cancelled may order the same elsewhere. */
export function revivalFaults({ command, told, cancelled }: Wish, final: ReadonlyMap<string, FinalOrder>): string[] {
  const state = final.get(told.find(isPromise)?.order?.orderId ?? '')?.order.state
  const isBroken = cancelled.includes(CancelOutcome.CANCELLED) && state !== OrderState.CANCELLED
  return isBroken ? [`${command.idempotencyKey} was told that its order is cancelled, but it is ${state ?? 'gone'}`] : []
}

/** An order is nobody else's business, whether there is one or not. */
export function meddlingFaults({ command, meddled }: Wish): string[] {
  return meddled.filter((outcome) => outcome !== CancelOutcome.NOT_FOUND).map((outcome) => `a stranger cancels ${command.idempotencyKey}: ${outcome}`)
}

/**
 * Prices that the catalogue does not have, and discounts that the coupon does not give: to another user, after its time,
 * below its minimum, or of another amount; or none, although the order has the coupon.
 */
export function falseAmounts(all: readonly FinalOrder[], { couponOf, priceOf }: Stocked): string[] {
  return all.flatMap(({ order: { orderId, userId, state, items, itemsFen, discountFen, couponId = '' }, createdAt }) => {
    const faults = items.flatMap(({ sku, unitPriceFen }) =>
      unitPriceFen === priceOf.get(sku) ? [] : [`${orderId} has ${sku} at ${unitPriceFen}, the catalogue at ${priceOf.get(sku) ?? 'no price'}`],
    )
    const coupon = couponOf.get(couponId)
    // An order that was never confirmed has no discount yet.
    const hasNone = couponId === '' || state === OrderState.PENDING || state === OrderState.CANCELLED
    if (discountFen === 0 && hasNone) return faults
    const isRight =
      coupon !== undefined &&
      coupon.userId === userId &&
      itemsFen >= coupon.minimumSpendFen &&
      createdAt < (coupon.expiresAt ?? Number.POSITIVE_INFINITY) &&
      discountFen === Math.min(coupon.discountFen, itemsFen)
    return isRight ? faults : [...faults, `${orderId} has a discount of ${discountFen} that ${couponId} does not give`]
  })
}

/**
 * Refusals that cannot be true: the order was told there was too little, although even all others that can have held
 * something at some moment of its time would together have left enough.
 */
export function falseRefusals(all: readonly FinalOrder[], { unitsOf, balanceOf }: Stocked, releasedWithinMs: number): string[] {
  return all.flatMap((refused) => {
    const { order } = refused
    const others = all.filter((other) => other !== refused && other.createdAt <= refused.changedAt && heldUntil(other, releasedWithinMs) >= refused.createdAt)
    if (order.cancelReason === CancelReason.OUT_OF_STOCK) {
      const short = order.items.some(({ sku }) => unitsIn(order, sku) + sum(others.map((other) => unitsIn(other.order, sku))) > (unitsOf.get(sku) ?? 0))
      return short ? [] : [`${order.orderId} was refused as out of stock, although there was surely enough`]
    }
    if (order.cancelReason === CancelReason.INSUFFICIENT_BALANCE) {
      const held = sum(others.filter((other) => other.order.userId === order.userId).map((other) => other.order.itemsFen))
      return order.itemsFen + held > (balanceOf.get(order.userId) ?? 0)
        ? []
        : [`${order.orderId} was refused for its balance, although there was surely enough`]
    }
    return []
  })
}

function heldUntil({ order, changedAt }: FinalOrder, releasedWithinMs: number): number {
  return order.state === OrderState.CANCELLED ? changedAt + releasedWithinMs : Number.POSITIVE_INFINITY
}

function unitsIn({ items }: Order, sku: string): number {
  return sum(items.filter((item) => item.sku === sku).map(({ quantity }) => quantity))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
