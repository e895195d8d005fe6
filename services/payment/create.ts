import { createHash } from 'node:crypto'
import { linkLifeMs, products, type Channel, type ChannelName, type Product } from '@suanpan/channels'
import { OrderServiceDefinition, type Order } from '@suanpan/contracts/order'
import type { CreatePaymentOutcome, CreatePaymentRequest, CreatePaymentResponse } from '@suanpan/contracts/payment'
import type { Ids } from '@suanpan/runtime/ids'
import type { Rpc } from '@suanpan/runtime/rpc'
import { lockOne, readOne, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { toWire } from './answers.ts'
import type { Inquiry } from './inquiry.ts'
import { channelName } from './messages.ts'
import { nextQueryAt, type Pauses } from './pauses.ts'
import { decideCreated, decideOpen, tradeOf, type MadeTrade, type OpenDecision, type Opening } from './rules.ts'
import { paymentOrders, payments, type PaymentRow } from './tables.ts'

export interface CreateOptions {
  readonly store: Store
  /** Reaches the order service. */
  readonly rpc: Rpc
  readonly channels: ReadonlyMap<ChannelName, Channel>
  readonly inquiry: Inquiry
  readonly clock: Clock
  readonly ids: Ids
  readonly marks: Marks
  readonly callTimeoutMs: number
  /** Platforms want at least a minute between a trade's making and its end, also where the order's time ends sooner. */
  readonly minimumPayMs: number
  readonly pauses: Pauses
}

/**
 * Begins an attempt to pay an order: durable first, then the platform is asked. Asking again while it is open answers
 * the same attempt; where the platform's answer was lost, it is asked again with the same number.
 */
export function createCreatePayment(options: CreateOptions): (request: CreatePaymentRequest) => Promise<CreatePaymentResponse> {
  const { store, channels, inquiry, clock, ids, marks, callTimeoutMs, minimumPayMs, pauses } = options
  const orders = options.rpc.client(OrderServiceDefinition)

  return async (request) => {
    const name = channelName(request.channel)
    const channel = name === undefined ? undefined : channels.get(name)
    const product = productOf(channel, request)
    if (channel === undefined || product === undefined) return refuse('CREATE_PAYMENT_OUTCOME_CHANNEL_NOT_OFFERED')
    const { orderId, userId, traceparent } = request
    const read = () => orders.getOrder({ orderId, userId, withEvents: false }, { deadlineAt: clock.now() + callTimeoutMs, traceparent })
    const first = await read()
    // Reading changes nothing, and the customer has time: a process of the order service may just have ended.
    const reply = first.kind === 'answered' ? first : await read()
    if (reply.kind !== 'answered') return refuse('CREATE_PAYMENT_OUTCOME_UNAVAILABLE')
    const { order } = reply.response
    if (order === undefined) return refuse('CREATE_PAYMENT_OUTCOME_ORDER_NOT_FOUND')
    const at = clock.now()
    if (order.state !== 'ORDER_STATE_AWAITING_PAYMENT' || order.expiresAt <= at) return refuse('CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE')
    const expiresAt = Math.max(order.expiresAt, at + minimumPayMs)
    const opened = await open({
      paymentId: ids.next('pay'),
      orderId,
      userId: order.userId,
      channel: channel.name,
      product,
      amountFen: order.payableFen,
      subject: subjectOf(order),
      customer: customerOf(product, request),
      expiresAt,
      queryAt: nextQueryAt({ expiresAt, queries: 0 }, at, pauses),
      at,
      traceparent,
    })
    marks.mark(`payment.create.${opened.kind}`)
    switch (opened.kind) {
      case 'barred':
      case 'paid':
      case 'too_many':
        return refuse('CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE')
      case 'opened':
      case 'known':
        return lasts(opened.payment, at) ? created(opened.payment) : offer(channel, opened.payment, request)
    }
  }

  function open(opening: Opening): Promise<OpenDecision> {
    return store.transact(async (tx) => {
      const order = await lockOne(tx, paymentOrders, opening.orderId)
      const attempts = await tx.get(payments, order?.paymentIds ?? [])
      const decision = decideOpen(order, [...attempts.values()], opening)
      if (decision.kind === 'opened') {
        tx.insert(payments, [decision.payment])
        if (order === undefined) tx.insert(paymentOrders, [decision.order])
        else tx.update(paymentOrders, [decision.order])
      }
      return decision
    })
  }

  /** Has the platform make the trade, and keeps what it answers. Unknown: the number stays, and is asked about. */
  async function offer(channel: Channel, payment: PaymentRow, { clientIp, openId }: CreatePaymentRequest): Promise<CreatePaymentResponse> {
    const made = await channel.create(tradeOf(payment, { clientIp, openId }))
    switch (made.kind) {
      case 'ok':
        return handOut(await keep(payment.paymentId, { link: made.value }))
      case 'rejected': {
        const refused = await keep(payment.paymentId, { refusedBecause: made.code })
        // No platform makes another link for what was paid with an earlier one, of which no word may have come yet.
        const isPaid = payment.link !== null && (await inquiry.ask(refused)) === 'paid'
        return refuse(isPaid ? 'CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE' : 'CREATE_PAYMENT_OUTCOME_CHANNEL_REFUSED')
      }
      case 'unknown':
        return refuse('CREATE_PAYMENT_OUTCOME_UNAVAILABLE')
    }
  }

  /** The order may have been barred while the platform made the trade: then nobody gets to pay it. */
  async function handOut(payment: PaymentRow): Promise<CreatePaymentResponse> {
    const order = await readOne(store.read, paymentOrders, payment.orderId)
    if (order?.barred !== 1) return created(payment)
    marks.mark('payment.create.barred_meanwhile')
    await inquiry.close(payment)
    return refuse('CREATE_PAYMENT_OUTCOME_ORDER_NOT_PAYABLE')
  }

  function keep(paymentId: string, made: MadeTrade): Promise<PaymentRow> {
    return store.transact(async (tx) => {
      const payment = await lockOne(tx, payments, paymentId)
      if (payment === undefined) throw new Error(`payment ${paymentId} was made and is not there`)
      const kept = decideCreated(payment, made, clock.now())
      tx.update(payments, [kept])
      return kept
    })
  }
}

/** So long, at least, a link can still be paid with that is handed out again. One for `h5` lives no longer: it is asked for anew. */
const timeToPayMs = 5 * 60_000

/** Whether the link that an attempt has can be handed out again. */
function lasts({ link, product, events }: PaymentRow, at: number): boolean {
  const offeredAt = events.findLast(({ what }) => what === 'offered')?.at ?? 0
  return link !== null && at + timeToPayMs < offeredAt + linkLifeMs[product]
}

/** Platforms tie these two products to the device's address or to the customer's account there: neither is kept in clear. */
function customerOf(product: Product, { orderId, clientIp, openId }: CreatePaymentRequest): string {
  const tiedTo = product === 'h5' ? clientIp : product === 'jsapi' ? openId : ''
  return tiedTo === '' ? '' : createHash('sha256').update(`${orderId}\n${tiedTo}`).digest('hex').slice(0, 16)
}

function created(payment: PaymentRow): CreatePaymentResponse {
  return { outcome: 'CREATE_PAYMENT_OUTCOME_CREATED', payment: toWire(payment) }
}

function refuse(outcome: CreatePaymentOutcome): CreatePaymentResponse {
  return { outcome, payment: undefined }
}

/** The product asked for, or the channel's usual one. Undefined: the channel does not have it. */
function productOf(channel: Channel | undefined, { product }: CreatePaymentRequest): Product | undefined {
  const offered: readonly Product[] = channel === undefined ? [] : products[channel.name]
  return product === '' ? offered[0] : offered.find((known) => known === product)
}

/** What the customer reads at the platform. */
function subjectOf({ orderId, items }: Order): string {
  const [first] = items
  const title = first?.title ?? orderId
  // In the platforms' language, and without a sign that they would not take.
  return items.length > 1 ? `${title} 等${items.length}种商品` : title
}
