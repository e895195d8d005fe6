import { CloseReason } from '@suanpan/contracts/payment'
import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock } from '@suanpan/runtime/time'
import type { CloseOrder } from './closing.ts'
import type { OrderBook } from './order-book.ts'
import type { CloseAgain } from './rules.ts'
import { openStates, type OpenState } from './states.ts'
import { orders, type OrderRow } from './tables.ts'

export interface SweeperOptions {
  readonly store: Store
  readonly book: OrderBook
  readonly close: CloseOrder
  readonly clock: Clock
  readonly log: Log
  readonly everyMs: number
  readonly closeAgain: CloseAgain
}

/** Orders looked at in one query; a longer list is taken up again at once. */
const pageSize = 500

export interface Sweeper {
  start(): void
  /** Resolves once what is under way is over. */
  stop(): Promise<void>
  /** Does what is due by now. */
  sweep(): Promise<void>
}

/**
 * Cancels orders whose time is over: pending ones (`timed_out`: their process died, or their saga is too slow) and
 * unpaid ones (`unpaid`), once the payment service has closed what could still be paid. The two are swept apart, so
 * that a payment platform that does not answer holds up nobody but those who wait for it. Several processes may sweep
 * one store: the order book decides under its lock.
 */
export function createSweeper({ store, book, close, clock, log, everyMs, closeAgain }: SweeperOptions): Sweeper {
  async function sweepAll(state: OpenState, isStopping = () => false): Promise<void> {
    for (;;) {
      const at = clock.now()
      const sql = 'SELECT * FROM orders WHERE due_at <= $1 AND state = $2 ORDER BY due_at LIMIT $3'
      const found = (await store.read.query(sql, [at, state, pageSize])).map(orders.fromSql)
      await Promise.all(found.map((order) => (state === 'pending' ? cancel(order, state, at) : cancelUnpaid(order, at))))
      if (found.length < pageSize || isStopping()) return
    }
  }

  function cancel({ orderId, traceparent }: OrderRow, from: OpenState, dueBy: number) {
    const reason = from === 'pending' ? ('timed_out' as const) : ('unpaid' as const)
    return book.cancel({ orderId, reason, from, dueBy, at: clock.now(), steps: [] }, traceparent)
  }

  async function cancelUnpaid(order: OrderRow, dueBy: number) {
    const closed = await close(order.orderId, CloseReason.EXPIRED)
    if (closed === 'closed') return cancel(order, 'awaiting_payment', dueBy)
    return book.postpone({ orderId: order.orderId, closeAgain, dueBy, at: clock.now() })
  }

  const sweeps = openStates.map((state) =>
    repeat({
      clock,
      everyMs,
      run: (isStopping) => sweepAll(state, isStopping),
      onError: (error) => log.warn({ error, state }, 'the sweeper could not cancel what is due; it tries again'),
    }),
  )
  return {
    start: () => {
      for (const sweep of sweeps) sweep.start()
    },
    stop: async () => {
      await Promise.all(sweeps.map((sweep) => sweep.stop()))
    },
    sweep: async () => {
      await Promise.all(openStates.map((state) => sweepAll(state)))
    },
  }
}
