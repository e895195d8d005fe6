import { ReceiveNotificationsRequest, type Notification, type PaymentServiceDefinition } from '@suanpan/contracts/payment'
import { createBatcher } from '@suanpan/runtime/batcher'
import type { Ids } from '@suanpan/runtime/ids'
import type { Client } from '@suanpan/runtime/rpc'
import { defineTable, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import { inTime, type Clock } from '@suanpan/runtime/time'
import { createHandOverWatch } from './hand-over-watch.ts'

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

/** What comes within this time is settled together. Effects may take 250 ms, and one large batch costs less than many small ones. */
const collectMs = 40

/** What the edge wrote together goes together; under load that is some ten notifications. */
const maxParts = 64

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

/** What was kept together, and is on its way to the payment service. */
interface HandOver {
  readonly keptId: string
  /** What of it the payment service does not have yet. */
  readonly left: Set<Notification>
}

interface Part {
  readonly of: HandOver
  readonly notifications: readonly Notification[]
}

export function createNotificationJournal({ store, payment, clock, ids, log }: NotificationJournalOptions): NotificationJournal {
  const watch = createHandOverWatch(clock)
  /** Of what this process has promised: its way out. */
  const underWay = new Map<string, Promise<void>>()
  let stopped = false

  const batcher = createBatcher<Part, undefined>({
    name: 'kept notifications',
    clock,
    maxItems: maxParts,
    maxQueued: Infinity,
    collectMs,
    flush: async (parts) => {
      const notifications = parts.flatMap((part) => part.notifications)
      const reply = await payment.receiveNotifications({ notifications }, { deadlineAt: clock.now() + handOverTimeoutMs })
      if (reply.kind !== 'answered') throw new NotTakenOver(reply.because)
      watch.tookOver()
      for (const { of, notifications: taken } of parts) for (const notification of taken) of.left.delete(notification)
      const done = new Set(parts.flatMap(({ of }) => (of.left.size === 0 ? [of.keptId] : [])))
      if (done.size > 0) await store.transact(async (tx) => tx.remove(kept, [...done]))
      return parts.map(() => undefined)
    },
    isAmbiguous: (error) => error instanceof NotTakenOver && error.because !== 'failed',
  })

  /** Never rejects. */
  async function handOver({ keptId, request }: KeptRow): Promise<void> {
    let of: HandOver | undefined
    let isTakenApart = false
    for (let pauseMs = firstPauseMs; !stopped; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        of ??= { keptId, left: new Set(ReceiveNotificationsRequest.decode(request).notifications) }
        await allOf(partsOf(of, isTakenApart).map(batcher.add))
        return watch.done(keptId)
      } catch (error) {
        const isFailed = error instanceof NotTakenOver && error.because === 'failed'
        // One that the payment service fails on, or that this version cannot read, must not hold up what it was kept with.
        isTakenApart ||= isFailed
        if (isFailed) watch.failed(keptId)
        else watch.unanswered(keptId)
        log.warn({ error, kept: keptId }, 'notifications are kept, and were not handed over yet; they are handed over again')
        await clock.sleep(pauseMs)
      }
    }
  }

  return {
    receiveNotifications: async (request) => {
      if (watch.isBehind()) return { kind: 'not_processed', because: 'overloaded' }
      const row = { keptId: ids.next('kept'), request: ReceiveNotificationsRequest.encode(request).finish() }
      try {
        await store.transact(async (tx) => tx.insert(kept, [row]))
      } catch (error) {
        log.error({ error }, 'notifications could not be kept; the platform is told so, and sends them again')
        return { kind: 'unknown', because: 'failed' }
      }
      watch.promised(row.keptId)
      const handedOver = handOver(row).then(() => void underWay.delete(row.keptId))
      underWay.set(row.keptId, handedOver)
      return { kind: 'answered', response: {} }
    },
    start: async () => {
      const left = await store.read.query('SELECT * FROM notifications_kept ORDER BY kept_id', [])
      for (const row of left.map(kept.fromSql)) if (!underWay.has(row.keptId)) void handOver(row)
    },
    stop: async () => {
      await inTime(clock, stopWithinMs, Promise.all(underWay.values()))
      stopped = true
    },
  }
}

function partsOf(of: HandOver, isTakenApart: boolean): Part[] {
  const left = [...of.left]
  return isTakenApart && left.length > 0 ? left.map((notification) => ({ of, notifications: [notification] })) : [{ of, notifications: left }]
}

/** Rejects as one of them does, once all are settled. */
async function allOf(promises: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises)
  await Promise.all(promises)
}
