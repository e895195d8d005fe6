import type { ChannelName } from '@suanpan/channels'
import { lockOne, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock, Repetition } from '@suanpan/runtime/time'
import { workOffDue } from './due.ts'
import type { Inquiry } from './inquiry.ts'
import { nextQueryAt, overAt, type Pauses } from './pauses.ts'
import { isOpen } from './states.ts'
import { payments, type PaymentRow } from './tables.ts'

export interface PollerOptions {
  readonly store: Store
  readonly inquiry: Inquiry
  readonly clock: Clock
  readonly log: Log
  readonly everyMs: number
  readonly pauses: Pauses
}

/** Asks a platform about attempts whose notification may be lost or whose making has no known end, and closes those whose time is over. */
export function createPoller(channel: ChannelName, { store, inquiry, clock, log, everyMs, pauses }: PollerOptions): Repetition {
  function movedOn(payment: PaymentRow, now: number): PaymentRow {
    const queries = payment.queries + 1
    return { ...payment, queries, queryAt: isOpen(payment.state) ? nextQueryAt({ ...payment, queries }, now, pauses) : null }
  }

  async function pursue(payment: PaymentRow): Promise<void> {
    const isOver = clock.now() >= overAt(payment, pauses)
    const finding = isOver ? await inquiry.close(payment) : await inquiry.ask(payment)
    if (finding === 'quarantined') await stopAsking(payment.paymentId)
  }

  /** The platform says what cannot be right, and would say it for ever: a person has it now. */
  function stopAsking(paymentId: string): Promise<void> {
    return store.transact(async (tx) => {
      const payment = await lockOne(tx, payments, paymentId)
      if (payment !== undefined) tx.update(payments, [{ ...payment, queryAt: null }])
    })
  }

  return workOffDue({ store, table: payments, dueColumn: 'query_at', dueAtOf: ({ queryAt }) => queryAt, movedOn, pursue, channel, clock, log, everyMs })
}
