import type { Clock, Random } from '@suanpan/runtime/time'
import type { DemoFaults } from './faults.ts'
import type { OrderBook } from './order-book.ts'
import type { SagaStep } from './rules.ts'
import type { CancelReason } from './states.ts'
import type { OrderRow } from './tables.ts'
import { takeAll, type Takings } from './takings.ts'

export interface SagaOptions {
  readonly book: OrderBook
  readonly takings: Takings
  readonly clock: Clock
  readonly random: Random
  readonly unpaidTimeoutMs: number
  readonly faults: DemoFaults
}

/**
 * Takes an opened order to its decision: everything taken and confirmed, or cancelled, with an `order.cancelled`
 * message that makes every service give back what it took. It never guesses: whatever is not a clear yes cancels.
 *
 * May be run again for the same order after a crash: takings and moves are idempotent by order id.
 *
 * Answers the decided order. Rejects when the order book cannot be written; then the order stays pending, and the
 * sweeper cancels it after its deadline.
 */
export type Saga = (order: OrderRow) => Promise<OrderRow>

export function createSaga(options: SagaOptions): Saga {
  const { book, takings, clock } = options

  return async (order) => {
    const steps: SagaStep[] = []
    const taken = await takeAll(order, takings, clock, steps)
    if (taken.kind === 'refused') return cancel(order, taken.reason, steps)
    try {
      return await confirm(order, taken.discountFen, taken.balanceFen, steps)
    } catch {
      // The confirm may even have been written without our knowing: then the cancel finds it confirmed.
      return cancel(order, 'confirm_failed', steps)
    }
  }

  async function confirm(order: OrderRow, discountFen: number, balanceFen: number, steps: SagaStep[]): Promise<OrderRow> {
    if (options.random() < options.faults.current.confirmFails) {
      throw new Error('the confirm step was made to fail')
    }
    const at = clock.now()
    const confirmation = { orderId: order.orderId, discountFen, balanceFen, expiresAt: at + options.unpaidTimeoutMs, at, steps }
    const moved = await book.confirm(order, confirmation)
    if (moved.kind === 'not_found') throw new Error(`order ${order.orderId} is not in the book`)
    return moved.order
  }

  async function cancel(order: OrderRow, reason: CancelReason, steps: SagaStep[]): Promise<OrderRow> {
    const cancellation = { orderId: order.orderId, reason, from: 'pending' as const, at: clock.now(), steps }
    const moved = await book.cancel(cancellation, order.traceparent)
    if (moved.kind === 'not_found') throw new Error(`order ${order.orderId} is not in the book`)
    return moved.order
  }
}
