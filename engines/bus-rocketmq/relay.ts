import { batch, RocketMqError, type RocketMq } from '@suanpan/rocketmq'
import { messageRowOf } from '@suanpan/runtime/bus'
import type { Ids } from '@suanpan/runtime/ids'
import type { Store } from '@suanpan/runtime/store'
import type { Log, Marks } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { isRefused, type Availability } from './availability.ts'
import { createLoop } from './loop.ts'
import type { Names } from './names.ts'
import { packed, type Parcel } from './parcels.ts'
import { messageOf, outbox } from './tables.ts'

export interface RelayOptions {
  readonly rocketmq: Pick<RocketMq, 'sendHalf'>
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly marks: Marks
  readonly names: Names
  readonly availability: Availability
  /** How often to look for what other processes left behind. */
  readonly pollEveryMs: number
}

export interface Relay {
  start(): void
  /** There is something in the outbox. */
  wake(): void
  stop(): Promise<void>
}

const prefix = 'relay'
export const isRelayed = (halfId: string): boolean => halfId.startsWith(`${prefix}_`)

const mostAtOnce = 256
/** Rows that a process took and did not send in this time are free for others. */
const leaseMs = 10_000
const withinMs = 2_000
const againAfterMs = 500
/** What the broker refuses, it will refuse again, until somebody changes its settings. */
const refusedAgainAfterMs = 60_000

const claim = {
  sqlite:
    'UPDATE message_outbox SET next_attempt_at = $1 WHERE message_id IN ' +
    '(SELECT message_id FROM message_outbox WHERE next_attempt_at <= $2 ORDER BY next_attempt_at, message_id LIMIT $3) RETURNING *',
  postgres:
    'UPDATE message_outbox SET next_attempt_at = $1 WHERE message_id IN ' +
    '(SELECT message_id FROM message_outbox WHERE next_attempt_at <= $2 ORDER BY next_attempt_at, message_id LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING *',
}

/** Brings to the broker what it could not be announced: at once after the commit, and as soon as it is back. */
export function createRelay({ rocketmq, store, clock, ids, log, marks, names, availability, pollEveryMs }: RelayOptions): Relay {
  /** Its transaction has committed, so the half message may be settled by anybody; the broker knows no other way to this topic. */
  async function send({ topic, envelopes }: Pick<Parcel, 'topic' | 'envelopes'>): Promise<void> {
    const half = await rocketmq.sendHalf(names.topic(topic), batch(envelopes), { key: ids.next(prefix), withinMs })
    await half.commit().catch(() => marks.mark('bus.untold'))
  }

  async function relay(parcel: Parcel): Promise<void> {
    const { topic, messages } = parcel
    try {
      await send(parcel)
      availability.answered(topic)
      marks.mark('bus.relayed')
      await store.transact(async (tx) =>
        tx.remove(
          outbox,
          messages.map(({ id }) => id),
        ),
      )
    } catch (error) {
      const isForGood = isRefused(error)
      // Where it was the store that failed, the broker has taken them, and others need not go around it.
      if (error instanceof RocketMqError && !isForGood) availability.failed(topic)
      // One that is too large must not hold up the others.
      if (isForGood && messages.length > 1) return void (await Promise.all(messages.flatMap((message) => packed([message])).map(relay)))
      const facts = { topic, messages: messages.length, messageId: messages[0]?.id, error }
      if (isForGood) log.error(facts, 'the broker refuses a message of the outbox: it stays there, and is tried once a minute')
      const nextAttemptAt = clock.now() + (isForGood ? refusedAgainAfterMs : againAfterMs)
      await store.transact(async (tx) =>
        tx.update(
          outbox,
          messages.map((message) => ({ ...messageRowOf(message), nextAttemptAt })),
        ),
      )
    }
  }

  const loop = createLoop({
    clock,
    pollEveryMs,
    turn: async () => {
      const now = clock.now()
      const [next] = await store.read.query('SELECT MIN(next_attempt_at) AS at FROM message_outbox', [])
      const at = next?.['at']
      if (typeof at !== 'number') return undefined
      if (at > now) return at
      const rows = await store.transact((tx) => tx.query(claim[store.dialect], [now + leaseMs, now, mostAtOnce]))
      await Promise.all(packed(rows.map(outbox.fromSql).map(messageOf)).map(relay))
      return clock.now()
    },
    onError: (error) => log.warn({ error }, 'the outbox could not be read: it is tried again'),
  })

  return loop
}
