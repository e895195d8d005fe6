import type { PayLink } from '@suanpan/channels'
import { OrderServiceDefinition, OrderState, PlaceOutcome, RefundOrderOutcome, type OrderRefund, type RefundOrderRequest } from '@suanpan/contracts/order'
import { PaymentServiceDefinition, type Channel, type CreatePaymentOutcome, type Payment } from '@suanpan/contracts/payment'
import { isPromise, type Wish } from './customers.ts'
import { troubleMs } from './limits.ts'
import type { World } from './world.ts'

/** What happened between customers, operators and platforms. */
export interface Dealings {
  /** What asking for a pay link was answered with. */
  readonly linked: CreatePaymentOutcome[]
  /** How paying at a platform ended. */
  readonly paid: string[]
  readonly refunded: RefundOrderOutcome[]
  /** Refunds that operators were promised. */
  readonly promised: Map<string, OrderRefund>
  /** Refunds of which two different ones were accepted under one key. */
  readonly contradicted: string[]
}

const wireChannels: readonly Channel[] = ['CHANNEL_ALIPAY', 'CHANNEL_WECHAT']

/** How long customers and operators try. */
const patienceMs = 4_000

/** Sends those customers to the platforms whose order has something left to pay, and operators after the orders that are paid. */
export function sendBuyers(world: World, wishes: readonly Wish[]): Dealings {
  const { dice, clock } = world
  const { payShare, payTwiceShare, refundShare } = world.options()
  const dealings: Dealings = { linked: [], paid: [], refunded: [], promised: new Map(), contradicted: [] }
  for (const wish of wishes) {
    if (dice.chance(payShare)) {
      const first = dice.pick(wireChannels)
      const second = dice.chance(payTwiceShare) ? dice.pick(wireChannels) : undefined
      void oncePlaced(world, wish, (orderId) => {
        void buy(world, dealings, wish, orderId, first)
        if (second !== undefined) void buy(world, dealings, wish, orderId, second)
      })
    }
    // A coupon returns with the last of what was paid, in time or too late, which would else be seldom.
    const hasCoupon = wish.command.couponId !== undefined
    if (dice.chance(hasCoupon ? Math.sqrt(refundShare) : refundShare)) {
      const times = dice.integer(1, 3)
      void oncePlaced(world, wish, (orderId) => {
        for (let time = 1; time <= times; time++)
          clock.after(dice.integer(100, hasCoupon ? troubleMs : 6_000), () => void refund(world, dealings, wish, orderId, time))
      })
    }
  }
  return dealings
}

/** Waits for the customer to have an order. */
async function oncePlaced(world: World, wish: Wish, then: (orderId: string) => void): Promise<void> {
  const { clock } = world
  const giveUpAt = clock.now() + troubleMs + patienceMs
  while (clock.now() < giveUpAt) {
    const orderId = orderIdOf(wish)
    if (orderId !== undefined) return then(orderId)
    await clock.sleep(100)
  }
}

function orderIdOf({ told }: Wish): string | undefined {
  return told.find((answer) => isPromise(answer) && answer.outcome !== PlaceOutcome.REFUSED)?.order?.orderId
}

/** Before asking for a link: not at all, or until the order's time is nearly over. */
const hesitationsMs = [0, 0, 4_500]

/** Asks for a link until there is one, perhaps opens it, waits a while, and pays, mostly: perhaps when the order is long gone. */
async function buy(world: World, dealings: Dealings, wish: Wish, orderId: string, channel: Channel): Promise<void> {
  const { clock, dice, platforms } = world
  await clock.sleep(dice.pick(hesitationsMs))
  const link = await linkFor(world, dealings, orderId, wish.command.userId, channel)
  if (link === undefined) return
  // Alipay knows of a trade from then on, paid or not.
  if (dice.chance(0.3)) platforms.open(link)
  await clock.sleep(dice.pick([0, 50, 400, 2_000, 5_500, 6_500]))
  if (dice.chance(0.1)) return
  if (dice.chance(0.2)) dealings.paid.push(platforms.pay(link, 'fail'))
  dealings.paid.push(platforms.pay(link, 'success'))
}

async function linkFor(world: World, dealings: Dealings, orderId: string, userId: string, channel: Channel): Promise<PayLink | undefined> {
  const { clock, dice } = world
  const giveUpAt = clock.now() + patienceMs
  while (clock.now() < giveUpAt) {
    const payment = world.network().client(PaymentServiceDefinition)
    const request = { orderId, userId, channel, product: '', clientIp: '', openId: '', traceparent: '' }
    const reply = await payment.createPayment(request, { deadlineAt: clock.now() + 1_500 })
    if (reply.kind === 'answered') {
      dealings.linked.push(reply.response.outcome)
      const link = linkOf(reply.response.payment)
      if (link !== undefined || reply.response.outcome === 'CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE') return link
    }
    await clock.sleep(dice.integer(100, 600))
  }
  return undefined
}

function linkOf(payment: Payment | undefined): PayLink | undefined {
  if (payment?.payUrl !== undefined) return { kind: 'redirect', payUrl: payment.payUrl }
  return payment?.codeUrl === undefined ? undefined : { kind: 'code', codeUrl: payment.codeUrl }
}

/** All that is left, parts of it, and more than anybody paid. */
const refundAmounts = [{ amountFen: undefined }, { amountFen: 1 }, { amountFen: 350 }, { amountFen: 1_000 }, { amountFen: 100_000_000 }]

/**
 * An operator gives some or all of it back, and repeats the request, with its key, until it is answered; perhaps together
 * with others who have got hold of that key.
 */
async function refund(world: World, dealings: Dealings, wish: Wish, orderId: string, time: number): Promise<void> {
  const { clock, dice } = world
  if (!(await oncePaid(world, orderId))) return
  const { amountFen } = wish.command.couponId !== undefined && dice.chance(0.6) ? { amountFen: undefined } : dice.pick(refundAmounts)
  const request: RefundOrderRequest = {
    orderId,
    idempotencyKey: `refund ${time}`,
    requestDigest: `${amountFen ?? 'all'}`,
    amountFen,
    reason: 'simulated',
    operator: 'operator',
    traceparent: '',
  }
  // So many that some arrive within one millisecond, and are decided in one batch.
  const rivals = Array.from({ length: dice.chance(world.options().rivalShare) ? 5 : 0 }, (_, index) => {
    return { ...request, requestDigest: `another body ${index}`, ...dice.pick(refundAmounts) }
  })
  const requests = [request, ...rivals]
  const accepted = new Set<RefundOrderRequest>()
  const giveUpAt = clock.now() + patienceMs
  while (clock.now() < giveUpAt) {
    const order = world.network(dice.pick([1, 2])).client(OrderServiceDefinition)
    const asked = requests.map(async (each) => {
      const reply = await order.refundOrder(each, { deadlineAt: clock.now() + 1_000 })
      if (reply.kind !== 'answered') return false
      const { outcome, refund: promised } = reply.response
      dealings.refunded.push(outcome)
      if (outcome === RefundOrderOutcome.ACCEPTED && promised !== undefined) dealings.promised.set(promised.refundId, promised)
      if (outcome === RefundOrderOutcome.ACCEPTED) accepted.add(each)
      return true
    })
    const isAnswered = (await Promise.all(asked)).every(Boolean)
    if (accepted.size > 1) dealings.contradicted.push(`${orderId}: two refunds were accepted under the key "${request.idempotencyKey}"`)
    if (isAnswered && dice.chance(0.7)) return
    await clock.sleep(dice.integer(50, 800))
  }
}

/** Waits for an order to be paid; false: it has not been in all the time that operators have. */
async function oncePaid(world: World, orderId: string): Promise<boolean> {
  const { clock, dice } = world
  const giveUpAt = clock.now() + troubleMs / 2
  while (clock.now() < giveUpAt) {
    if (await isPaid(world, orderId)) return true
    await clock.sleep(dice.integer(300, 900))
  }
  return false
}

async function isPaid(world: World, orderId: string): Promise<boolean> {
  const order = world.network().client(OrderServiceDefinition)
  const reply = await order.getOrder({ orderId, userId: '', withEvents: false }, { deadlineAt: world.clock.now() + 1_000 })
  const state = reply.kind === 'answered' ? reply.response.order?.state : undefined
  return state === OrderState.PAID || state === OrderState.PARTIALLY_REFUNDED
}
