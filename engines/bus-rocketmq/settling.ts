import type { RetryDelaysMs, Verdict } from '@suanpan/runtime/bus'
import { putRows, type Store } from '@suanpan/runtime/store'
import type { Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { settledRow, type Pending } from './fates.ts'
import { deliveries, type DeliveryRow } from './tables.ts'

export interface SettlingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly marks: Marks
  readonly group: string
  readonly retryDelaysMs: RetryDelaysMs
}

/** Writes down what a group answered; tells when the first of the messages is to be handed out again. */
export type Settle = (pending: readonly Pending[], verdicts: ReadonlyMap<Pending, Verdict>) => Promise<number | undefined>

/**
 * Another process may have had the same messages in hand, by a broker that delivers twice or after a lease ran out: who
 * writes first counts, and what the other one says is left out.
 */
export function createSettling({ store, clock, marks, group, retryDelaysMs }: SettlingOptions): Settle {
  return async (pending, verdicts) => {
    const now = clock.now()
    const rows = pending.map((entry) => settledRow(group, entry, verdicts.get(entry), now, retryDelaysMs))
    const anyKnown = pending.some(({ isKnown }) => isKnown)
    let tries = 0
    const written = await store.transact(async (tx) => {
      tries++
      // What nobody knew a moment ago is taken for new; where it is not, keys collide, and from then on it is looked up.
      const known = anyKnown || tries > 1 ? await tx.lock(deliveries, rows.map(deliveries.keyOf)) : new Map<string, DeliveryRow>()
      const isOurs = (row: DeliveryRow, index: number) => isStillInHand(known.get(row.deliveryId), pending[index]?.attempts ?? 0)
      const ours = rows.filter(isOurs)
      putRows(tx, deliveries, ours, known)
      return ours
    })
    if (written.length < rows.length) marks.mark('bus.fenced')
    for (const state of new Set(written.map((row) => row.state))) marks.mark(`bus.${state}`)
    const again = written.flatMap((row) => (row.state === 'retrying' ? row.nextAttemptAt : []))
    return again.length === 0 ? undefined : Math.min(...again)
  }
}

function isStillInHand(known: DeliveryRow | undefined, attempts: number): boolean {
  return known === undefined || (known.attempts === attempts && (known.state === 'waiting' || known.state === 'retrying'))
}
