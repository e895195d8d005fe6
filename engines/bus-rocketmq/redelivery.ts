import type { Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import type { Pending } from './fates.ts'
import { createLoop, type Loop } from './loop.ts'
import { deliveries, messageOf } from './tables.ts'

export interface RedeliveryOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly queueId: string
  readonly maxBatch: number
  readonly pollEveryMs: number
  readonly work: (pending: readonly Pending[]) => Promise<void>
}

/** What a process took and did not settle in this time may be taken by another. */
const leaseMs = 60_000

const due = "SELECT delivery_id FROM message_delivery WHERE queue_id = $2 AND state = 'retrying' AND next_attempt_at <= $3 ORDER BY next_attempt_at LIMIT $4"

/** Several processes share the table: each takes what no other has. */
const claim = {
  sqlite: `UPDATE message_delivery SET next_attempt_at = $1 WHERE delivery_id IN (${due}) RETURNING *`,
  postgres: `UPDATE message_delivery SET next_attempt_at = $1 WHERE delivery_id IN (${due} FOR UPDATE SKIP LOCKED) RETURNING *`,
}

const nextDue = "SELECT MIN(next_attempt_at) AS at FROM message_delivery WHERE queue_id = $1 AND state = 'retrying'"

/** Hands out again what failed, was delayed, or was replayed, each when its time has come. */
export function createRedelivery({ store, clock, log, queueId, maxBatch, pollEveryMs, work }: RedeliveryOptions): Loop {
  async function turn(): Promise<number | undefined> {
    const now = clock.now()
    const at = (await store.read.query(nextDue, [queueId]))[0]?.['at']
    if (typeof at !== 'number') return undefined
    if (at > now) return at
    const rows = await store.transact((tx) => tx.query(claim[store.dialect], [now + leaseMs, queueId, now, maxBatch]))
    const taken = rows.map(deliveries.fromSql)
    if (taken.length > 0) await work(taken.map((row) => ({ message: messageOf(row), attempts: row.attempts, isKnown: true })))
    return now
  }
  const onError = (error: unknown) => log.warn({ queueId, error }, 'messages that are due could not be handed out again; it is tried again')
  return createLoop({ clock, pollEveryMs, turn, onError })
}
