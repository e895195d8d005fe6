import { ReceiveNotificationsRequest, type PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { createBatcher } from '@suanpan/runtime/batcher'
import type { Ids } from '@suanpan/runtime/ids'
import type { Client } from '@suanpan/runtime/rpc'
import { defineTable, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { inTime, type Clock } from '@suanpan/runtime/time'

/** The numbered SQL files of the journal. */
export const notificationJournalSchema = new URL('./schema/', import.meta.url)

interface KeptRow {
  readonly keptId: string
  readonly request: Uint8Array
}

const kept = defineTable<KeptRow>({ name: 'notifications_kept', key: 'keptId', columns: { keptId: 'text', request: 'bytes' } })

type ReceiveNotifications = Client<PaymentServiceDefinition>['receiveNotifications']

export interface NotificationJournalOptions {
  /** Of its own: nobody else's commits, and nobody else's thread, are waited for. */
  readonly store: Store
  /** Takes over what is kept. */
  readonly payment: { readonly receiveNotifications: ReceiveNotifications }
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

/**
 * Keeps notifications beside the services, where platforms are answered: the services' thread settles payments, orders
 * and the rest in batches, and whoever wanted a row of it had to wait for the batch under way.
 *
 * It answers once a notification is on disk here, hands it over within a moment, and again until the payment service has
 * it on its own disk; so a crash between the two hands over twice, and the inbox knows it by its number.
 */
export interface NotificationJournal {
  /**
   * In the payment service's place. `not_processed`: it has been silent for a second, so nothing more is promised in its name; or it
   * fails whatever it gets, and then one is promised a second, to find out whether it still does.
   */
  readonly receiveNotifications: ReceiveNotifications
  /** Hands over what an earlier process was not rid of. */
  start(): Promise<void>
  /** Resolves once all is handed over, or after a while: the next start does the rest. */
  stop(): Promise<void>
}

/** As long as an answer may take: a payment service that is behind by more is down, as far as a platform is concerned. */
const behindAfterMs = 1_000

/** What comes within this time is settled together. Effects may take 250 ms, and one large batch costs less than many small ones. */
const collectMs = 40

/** Batches of the edge that go together; under load it writes some ten notifications at a time. */
const maxBatches = 64

const handOverTimeoutMs = 5_000
const stopWithinMs = 2_000

/** Before something is handed over again, doubled each time. */
const firstPauseMs = 200
const longestPauseMs = 5_000

/** `because`: as the payment service's reply says. */
class NotTakenOver extends Error {
  override readonly name = 'NotTakenOver'
  readonly because: string
  constructor(because: string) {
    super(`the payment service did not take notifications over: ${because}`)
    this.because = because
  }
}

export function createNotificationJournal({ store, payment, clock, ids, log }: NotificationJournalOptions): NotificationJournal {
  /** What this process has promised, oldest first: since when, and its way out. */
  const promised = new Map<string, { readonly at: number; readonly handedOver: Promise<void> }>()
  /** Of those, what the payment service answered that it cannot take over: one that it fails on says nothing of the others. */
  const setAside = new Set<string>()
  let takenOverAt = -Infinity
  let promisedAt = -Infinity
  let stopped = false

  const batcher = createBatcher<KeptRow, undefined>({
    name: 'kept notifications',
    clock,
    maxItems: maxBatches,
    maxQueued: Infinity,
    collectMs,
    flush: async (rows) => {
      const notifications = rows.flatMap(({ request }) => ReceiveNotificationsRequest.decode(request).notifications)
      const reply = await payment.receiveNotifications({ notifications }, { deadlineAt: clock.now() + handOverTimeoutMs })
      if (reply.kind !== 'answered') throw new NotTakenOver(reply.because)
      takenOverAt = clock.now()
      const keys = rows.map(({ keptId }) => keptId)
      await store.transact(async (tx) => tx.remove(kept, keys))
      return rows.map(() => undefined)
    },
    // What it cannot read, of another version, holds up nobody else.
    isAmbiguous: (error) => error instanceof NotTakenOver && error.because !== 'failed',
  })

  /** Never rejects. */
  async function handOver(row: KeptRow): Promise<void> {
    for (let pauseMs = firstPauseMs; !stopped; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await batcher.add(row)
        return void setAside.delete(row.keptId)
      } catch (error) {
        if (error instanceof NotTakenOver && error.because === 'failed' && promised.has(row.keptId)) setAside.add(row.keptId)
        else setAside.delete(row.keptId)
        log.warn({ error, kept: row.keptId }, 'notifications are kept, and were not handed over yet; they are handed over again')
        await clock.sleep(pauseMs)
      }
    }
  }

  const isLongAgo = (at: number): boolean => clock.now() - at > behindAfterMs

  function oldestWaiting(): number | undefined {
    for (const [keptId, { at }] of promised) if (!setAside.has(keptId)) return at
    return undefined
  }

  function isBehind(): boolean {
    const waitsSince = oldestWaiting()
    const isSilent = waitsSince !== undefined && isLongAgo(waitsSince)
    const isFailing = setAside.size > 0 && isLongAgo(takenOverAt)
    return isSilent || (isFailing && !isLongAgo(promisedAt))
  }

  return {
    receiveNotifications: async (request) => {
      if (isBehind()) return { kind: 'not_processed', because: 'overloaded' }
      const row = { keptId: ids.next('kept'), request: ReceiveNotificationsRequest.encode(request).finish() }
      try {
        await store.transact(async (tx) => tx.insert(kept, [row]))
      } catch (error) {
        log.error({ error }, 'notifications could not be kept; the platform is told so, and sends them again')
        return { kind: 'unknown', because: 'failed' }
      }
      const handedOver = handOver(row).then(() => void promised.delete(row.keptId))
      promisedAt = clock.now()
      promised.set(row.keptId, { at: promisedAt, handedOver })
      return { kind: 'answered', response: {} }
    },
    start: async () => {
      const left = await store.read.query('SELECT * FROM notifications_kept ORDER BY kept_id', [])
      for (const row of left.map(kept.fromSql)) if (!promised.has(row.keptId)) void handOver(row)
    },
    stop: async () => {
      await inTime(clock, stopWithinMs, Promise.all([...promised.values()].map(({ handedOver }) => handedOver)))
      stopped = true
    },
  }
}
