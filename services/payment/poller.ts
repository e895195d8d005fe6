import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { repeat, type Clock, type Repetition } from '@suanpan/runtime/time'
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

/** Attempts asked about at once: a platform limits how often it may be asked. */
const pageSize = 50

/**
 * Asks platforms about attempts whose notification may be lost or whose making has no known end, and closes those whose
 * time is over. Several processes may poll one store: each claims what it asks about by moving its next time on, under
 * lock; whatever a dead one claimed comes up again by itself.
 */
export function createPoller({ store, inquiry, clock, log, everyMs, pauses }: PollerOptions): Repetition {
  async function claimDue(): Promise<PaymentRow[]> {
    const now = clock.now()
    const due = await store.read.query('SELECT payment_id FROM payment WHERE query_at <= $1 ORDER BY query_at LIMIT $2', [now, pageSize])
    if (due.length === 0) return []
    return store.transact(async (tx) => {
      const rows = await tx.lock(
        payments,
        due.map((row) => row['payment_id'] as string),
      )
      const claimed = [...rows.values()].filter(({ queryAt }) => queryAt !== null && queryAt <= now)
      tx.update(
        payments,
        claimed.map((payment) => ({
          ...payment,
          queries: payment.queries + 1,
          queryAt: isOpen(payment.state) ? nextQueryAt({ ...payment, queries: payment.queries + 1 }, now, pauses) : null,
        })),
      )
      return claimed
    })
  }

  async function look(payment: PaymentRow): Promise<void> {
    const isOver = clock.now() >= overAt(payment, pauses)
    const finding = isOver ? await inquiry.close(payment) : await inquiry.ask(payment)
    if (finding === 'quarantined') await stopAsking(payment.paymentId)
  }

  /** The platform says what cannot be right, and would say it for ever: a person has it now. */
  function stopAsking(paymentId: string): Promise<void> {
    return store.transact(async (tx) => {
      const payment = (await tx.lock(payments, [paymentId])).get(paymentId)
      if (payment !== undefined) tx.update(payments, [{ ...payment, queryAt: null }])
    })
  }

  return repeat({
    clock,
    everyMs,
    run: async () => {
      const claimed = await claimDue()
      await Promise.all(
        claimed.map((payment) =>
          look(payment).catch((error: unknown) =>
            log.warn({ error, payment: payment.paymentId }, 'a platform could not be asked about a payment; it is asked again'),
          ),
        ),
      )
    },
    onError: (error) => log.warn({ error }, 'payments that are due could not be read; they are read again'),
  })
}
