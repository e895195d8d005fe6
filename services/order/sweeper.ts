import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { OrderBook } from './book.ts'
import type { OrderState } from './states.ts'
import { orders } from './tables.ts'

export interface SweeperOptions {
  readonly store: Store
  readonly book: OrderBook
  readonly clock: Clock
  readonly log: Log
  readonly everyMs: number
}

/** Orders looked at in one query; a longer list is taken up again at once. */
const pageSize = 500

export interface Sweeper {
  start(): void
  stop(): void
  /** Cancels everything due by now; answers how many it looked at. */
  sweep(): Promise<number>
}

/**
 * Cancels orders whose time is over: pending ones (`timed_out`: their process died, or their saga is too slow) and
 * unpaid ones (`unpaid`). Several processes may sweep one store: the order book decides under its lock.
 */
export function createSweeper({ store, book, clock, log, everyMs }: SweeperOptions): Sweeper {
  let stopTimer: (() => void) | undefined
  let running = false

  async function sweepPage(): Promise<number> {
    const at = clock.now()
    const due = (await store.read.query('SELECT * FROM orders WHERE due_at <= $1 ORDER BY due_at LIMIT $2', [at, pageSize])).map(orders.fromSql)
    await Promise.all(
      due.map(({ orderId, state, traceparent }) => {
        const reason = state === 'pending' ? ('timed_out' as const) : ('unpaid' as const)
        const from: readonly OrderState[] = [state]
        return book.move({ kind: 'cancel', traceparent, cancellation: { orderId, reason, from, dueBy: at, at, steps: [] } })
      }),
    )
    return due.length
  }

  async function sweep(): Promise<number> {
    let examined = 0
    for (;;) {
      const found = await sweepPage()
      examined += found
      if (found < pageSize) return examined
    }
  }

  function schedule(): void {
    if (!running) return
    stopTimer = clock.after(everyMs, () => {
      sweep()
        .catch((error: unknown) => log.warn({ error }, 'the sweeper could not cancel what is due; it tries again'))
        .finally(schedule)
    })
  }

  return {
    start: () => {
      running = true
      schedule()
    },
    stop: () => {
      running = false
      stopTimer?.()
    },
    sweep,
  }
}
