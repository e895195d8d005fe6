import { setTimeout as sleep } from 'node:timers/promises'
import { startLoad, type Target } from '@suanpan/load'
import {
  askForRefund,
  importPayers,
  noteAnswer,
  openPayers,
  prepareOrders,
  Refused,
  type Attempts,
  type PaymentHistory,
  type Platforms,
  type RequestOf,
  type ShopCalls,
} from '@suanpan/shop/testing'

/** What customers met while they shopped. */
export interface Met {
  /** `201`, `409 out_of_stock`, `failed: lost`, … and how often, of orders that nobody pays over a platform. */
  readonly orders: ReadonlyMap<string, number>
  /** Requests that ended without a promise, by their numbers. */
  readonly unanswered: readonly number[]
  /** What else was tried in vain and then again. */
  readonly failures: readonly string[]
  /** Payments at the platforms. */
  readonly paid: number
}

/** Customers of every kind, and an operator who refunds. */
export interface Customers {
  readonly requestOf: RequestOf
  /** All they were ever told. */
  readonly attempts: Attempts
  readonly history: PaymentHistory
  /** They shop until told to stop; then they end what they have begun. */
  start(): { stop(): Promise<Met> }
}

export interface CustomersOptions {
  /** Where they shop. */
  readonly target: Target
  readonly shop: ShopCalls
  readonly sandbox: Platforms
}

/** A fraction of what two cores carry: the test is about what fails, not about how much goes. */
const ordersPerSecond = 20
const connections = 24
const payers = 3
const payerPauseMs = 250
/** One in so many paid orders is refunded. */
const refundedEvery = 3
const againAfterMs = 200
/** Whoever gets no answer for so long gives up. */
const patienceMs = 90_000

export async function openCustomers({ target, shop, sandbox }: CustomersOptions): Promise<Customers> {
  await importPayers(shop)
  const requestOf = await prepareOrders(shop, target)
  const begin = await openPayers(target, shop)
  const attempts: Attempts = { acknowledged: new Map(), sent: 0 }
  const history: PaymentHistory = { begun: new Map(), promised: new Map() }
  let lastNumber = 0

  function start(): { stop(): Promise<Met> } {
    const first = attempts.sent
    const failures: string[] = []
    let isOver = false
    let paid = 0
    const orders = startLoad({
      target,
      connections,
      ratePerSecond: ordersPerSecond,
      requestOf: (index) => requestOf(first + index),
      onAnswer: (index, answer) => noteAnswer(attempts, first + index, answer),
    })

    /** Undefined: it was refused for good. */
    async function persistently<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
      for (const until = performance.now() + patienceMs; ; await sleep(againAfterMs)) {
        try {
          return await ask()
        } catch (error) {
          if (error instanceof Refused && error.status === 409) return undefined
          failures.push(described(error))
          if (performance.now() > until) throw error
        }
      }
    }

    async function orderAndPay(): Promise<void> {
      const number = lastNumber++
      const begun = (await persistently(() => begin(number))) ?? []
      for (const payment of begun) {
        history.begun.set(payment.paymentId, payment)
        await sandbox.call('POST', '/sandbox/pay', payment.code)
        paid++
      }
    }

    async function refund(): Promise<void> {
      const { orderId } = [...history.begun.values()].at(-10) ?? {}
      if (orderId === undefined) return
      const promised = await persistently(() => askForRefund(shop, orderId))
      if (promised !== undefined) history.promised.set(promised.refundId, promised)
    }

    async function shopOn(): Promise<void> {
      for (let round = 1; !isOver; round++) {
        await orderAndPay()
        if (round % refundedEvery === 0) await refund()
        await sleep(payerPauseMs)
      }
    }

    const paying = Promise.all(Array.from({ length: payers }, shopOn))
    paying.catch(() => {})
    return {
      stop: async () => {
        isOver = true
        orders.stop()
        const { sent, outcomes } = await orders.finished
        await paying
        attempts.sent += sent
        const numbers = Array.from({ length: sent }, (_, index) => first + index)
        return { orders: outcomes, unanswered: numbers.filter((number) => !attempts.acknowledged.has(number)), failures, paid }
      },
    }
  }

  return { requestOf, attempts, history, start }
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
