import type { PlaceAnswer, PlaceCommand } from '@suanpan/contracts/order'
import { Overloaded } from '@suanpan/runtime/batcher'
import type { Ids } from '@suanpan/runtime/ids'
import { readOne, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { valueInTime, type Clock } from '@suanpan/runtime/time'
import { answerOf, answers } from './answers.ts'
import type { OrderBook } from './order-book.ts'
import type { Queue } from './queue.ts'
import type { Opening } from './rules.ts'
import type { Saga } from './saga.ts'
import { idempotency, idempotencyId, orders, type OrderItem, type OrderRow } from './tables.ts'
import type { Takings } from './takings.ts'

export interface PlaceOptions {
  readonly store: Store
  readonly book: OrderBook
  readonly takings: Takings
  readonly saga: Saga
  readonly queue: Queue
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** A synchronous order still pending after this long is cancelled as `timed_out`. */
  readonly sagaDeadlineMs: number
  /** The same for one that waits in the queue first. */
  readonly queuedDeadlineMs: number
  /** Synchronous orders under way at once; more are refused before anything is begun. */
  readonly maxUnderWay: number
}

/** How often a duplicate looks for the answer of a first request that runs in another process. */
const lookAgainMs = 50

/**
 * Places one order and answers within `respondWithinMs` of having it durable: the saga's decision if there is one by
 * then, else ACCEPTED, which is written before it is told.
 */
export function createPlace(options: PlaceOptions): (command: PlaceCommand) => Promise<PlaceAnswer> {
  const { store, book, takings, saga, queue, clock, ids, log } = options
  /** Sagas of this process, by order id, so that duplicates wait for the first. */
  const underWay = new Map<string, Promise<OrderRow>>()

  return async (command) => {
    const respondBy = clock.now() + command.respondWithinMs
    let mayBeBegun = false
    try {
      if ((await isFull(command)) && !(await isKnown(command))) return answers.overloaded
      const priced = await price(command)
      if (priced.kind !== 'priced') return priced.answer
      const decision = await book.open(openingOf(command, priced.items))
      mayBeBegun = true
      switch (decision.kind) {
        case 'key_reused':
          return answers.keyReused
        case 'known':
          return await answerWithin(respondBy, decision.orderId, waitFor(decision.orderId, respondBy), true)
        case 'opened': {
          const { order } = decision
          if (command.respondAsync) return answerOf(order, false) ?? answers.unavailable
          return await answerWithin(respondBy, order.orderId, run(order), false)
        }
      }
    } catch (error) {
      if (error instanceof Overloaded && !mayBeBegun) return answers.overloaded
      log.warn({ error }, 'an order was not placed: the order book did not answer; the same key may be tried again')
      return answers.unavailable
    }
  }

  async function isFull({ respondAsync }: PlaceCommand): Promise<boolean> {
    return respondAsync ? queue.isFull() : underWay.size >= options.maxUnderWay
  }

  /** What was taken on is answered for, however full it is by now: the answer to the first request may have been lost. */
  async function isKnown({ userId, idempotencyKey }: PlaceCommand): Promise<boolean> {
    return (await readOne(store.read, idempotency, idempotencyId(userId, idempotencyKey))) !== undefined
  }

  /** Price and title of every line as of now; they stay the order's for ever. */
  async function price(command: PlaceCommand): Promise<{ kind: 'priced'; items: OrderItem[] } | { kind: 'refused'; answer: PlaceAnswer }> {
    const quotes = await Promise.all(command.lines.map((line) => takings.quote(line.sku)))
    const items: OrderItem[] = []
    for (const [index, { sku, quantity }] of command.lines.entries()) {
      const quote = quotes[index]
      if (quote?.kind !== 'answered') return { kind: 'refused', answer: answers.unavailable }
      const { product } = quote.response
      if (product === undefined) return { kind: 'refused', answer: answers.unknownSku(sku) }
      items.push({ sku, title: product.title, quantity, unitPriceFen: product.priceFen })
    }
    return { kind: 'priced', items }
  }

  function openingOf(command: PlaceCommand, items: OrderItem[]): Opening {
    const at = clock.now()
    return {
      orderId: ids.next('ord'),
      userId: command.userId,
      idempotencyId: idempotencyId(command.userId, command.idempotencyKey),
      requestDigest: command.requestDigest,
      items,
      couponId: command.couponId ?? null,
      useBalanceFen: command.useBalanceFen,
      useAllBalance: command.useAllBalance,
      queued: command.respondAsync,
      at,
      deadlineAt: at + (command.respondAsync ? options.queuedDeadlineMs : options.sagaDeadlineMs),
      traceparent: command.traceparent,
    }
  }

  function run(order: OrderRow): Promise<OrderRow> {
    const running = saga(order).finally(() => underWay.delete(order.orderId))
    underWay.set(order.orderId, running)
    return running
  }

  /** The order once there is something to tell about it; undefined if there is nothing by `respondBy`. */
  async function waitFor(orderId: string, respondBy: number): Promise<OrderRow | undefined> {
    const running = underWay.get(orderId)
    if (running !== undefined) return running
    for (;;) {
      const row = await readOne(store.read, orders, orderId)
      if (row === undefined || row.answered !== '') return row
      if (clock.now() + lookAgainMs > respondBy) return undefined
      await clock.sleep(lookAgainMs)
    }
  }

  async function answerWithin(respondBy: number, orderId: string, decided: Promise<OrderRow | undefined>, replayed: boolean): Promise<PlaceAnswer> {
    const row = await valueInTime(clock, respondBy - clock.now(), decided, undefined)
    if (row !== undefined) return answerOf(row, replayed) ?? answers.unavailable
    // Once nobody waits any more, a failing saga is still to be heard of.
    decided.catch((error: unknown) => log.warn({ error }, 'an accepted order was not decided; the sweeper cancels it after its deadline'))
    const promised = await book.accept(orderId)
    return (promised.kind === 'not_found' ? undefined : answerOf(promised.order, replayed)) ?? answers.unavailable
  }
}
