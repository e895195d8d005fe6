import { paired } from '../paired.ts'
import { lockOne, type Store } from '../store/index.ts'
import type { Marks } from '../telemetry/index.ts'
import type { Clock } from '../time/index.ts'
import { askHandler } from './asking.ts'
import type { RetryDelaysMs } from './fate.ts'
import type { Subscription, Verdict } from './port.ts'
import { settlementOf, type Pending } from './settlement.ts'
import { cursorIdOf, cursors, dead, retries, storedMessage, type CursorRow, type StoredMessage } from './tables.ts'
import type { TopicTail } from './topic-tail.ts'

/** How a process reads, for all of its groups. */
export interface ReadingOptions {
  readonly clock: Clock
  readonly marks: Marks
  /** This process, unlike any other on the same stores. */
  readonly owner: string
  /** How long a silent process keeps its groups. */
  readonly leaseMs: number
  /** How often to look for what other processes published and for retries that are due. */
  readonly pollEveryMs: number
  readonly retryDelaysMs: RetryDelaysMs
  readonly onError: (facts: { readonly group: string; readonly topic: string; readonly error: unknown }) => void
}

export interface ConsumerOptions extends ReadingOptions {
  readonly store: Store
  readonly subscription: Subscription
  readonly topic: string
  readonly tail: TopicTail
}

/** Reads one topic for one group, batch by batch, as long as it holds the group's lease. */
export interface Consumer {
  start(): void
  /** Messages may have come. */
  wake(): void
  /** Resolves once the batch under way is finished. */
  stop(): Promise<void>
}

/** After a batch, the next one collects for this long: an idle consumer reacts at once, a busy one in larger batches. */
const collectMs = 20

/** Clocks of two machines may differ by a lease and a half. */
const maxLeases = 2.5

const readDue =
  'SELECT m.*, r.attempts FROM bus_retry AS r JOIN bus_message AS m ON m.message_id = r.message_id ' +
  'WHERE r.cursor_id = $1 AND r.next_attempt_at <= $2 ORDER BY r.next_attempt_at LIMIT $3'

export function createConsumer(options: ConsumerOptions): Consumer {
  const { store, subscription, topic, tail, clock, marks, owner, leaseMs, pollEveryMs } = options
  const cursorId = cursorIdOf(subscription.group, topic)
  let held: CursorRow | undefined
  let retriesReadAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  let stopping = false
  let woken = false
  let collecting = false
  let endPause: (() => void) | undefined

  /**
   * The group's cursor, if this process may read for it. An embedded store has no other process: what an earlier one
   * left there is taken over at once.
   */
  async function takeLease(): Promise<CursorRow | undefined> {
    const now = clock.now()
    if (held !== undefined && (store.dialect === 'sqlite' || held.leaseUntil - now > leaseMs / 2)) return held
    return store.transact(async (tx) => {
      const row = await lockOne(tx, cursors, cursorId)
      if (row !== undefined && row.owner !== owner && isLeased(row, now) && store.dialect === 'postgres') return undefined
      const before = row ?? { cursorId, transactionId: 0, sequence: 0, owner: '', leaseUntil: 0, epoch: 0 }
      const epoch = before.owner === owner && held !== undefined ? before.epoch : before.epoch + 1
      const mine = { ...before, owner, epoch, leaseUntil: now + leaseMs }
      if (row === undefined) tx.insert(cursors, [mine])
      else tx.update(cursors, [mine])
      return mine
    })
  }

  /**
   * A lease that ends later than any taken now would was written by a clock that was ahead, or ours was put back since:
   * waiting for its end could take for ever. Taking it over early is safe, because the epoch fences its owner off.
   */
  function isLeased({ leaseUntil }: CursorRow, now: number): boolean {
    return leaseUntil > now && leaseUntil <= now + maxLeases * leaseMs
  }

  /** Works one batch off. False: there was nothing to do. */
  async function turn(): Promise<boolean> {
    held = await takeLease()
    if (held === undefined) return false
    const now = clock.now()
    const due = await dueRetries(now)
    const room = subscription.maxBatch - due.length
    const fresh = room === 0 ? [] : await tail.after(held, room)
    if (due.length === 0 && fresh.length === 0) return false
    const pending: Pending[] = [...due, ...fresh.map((stored) => ({ ...stored, attempts: 0, retrying: false }))]
    const deliverable = pending.filter((entry) => entry.retrying || entry.message.notBeforeAt <= now)
    // A handler may tell others of them.
    await store.settled()
    const messages = deliverable.map(({ message, attempts }) => ({ ...message, attempt: attempts + 1 }))
    const verdicts = await askHandler(subscription, messages, (error) => options.onError({ group: subscription.group, topic, error }))
    await settle(held, pending, new Map(paired(deliverable, verdicts)), fresh.at(-1))
    return true
  }

  /** A busy consumer looks no more often than an idle one: there are few, and seldom. */
  async function dueRetries(now: number): Promise<Pending[]> {
    // Also after a clock that was put back.
    if (Math.abs(now - retriesReadAt) < pollEveryMs / 2) return []
    const rows = await store.read.query(readDue, [cursorId, now, subscription.maxBatch])
    if (rows.length < subscription.maxBatch) retriesReadAt = now
    return rows.map((row) => ({ ...storedMessage(row), attempts: row['attempts'] as number, retrying: true }))
  }

  async function settle(
    lease: CursorRow,
    pending: readonly Pending[],
    verdicts: ReadonlyMap<Pending, Verdict>,
    last: StoredMessage | undefined,
  ): Promise<void> {
    const now = clock.now()
    const { retry, finished, died } = settlementOf({ cursorId, group: subscription.group, now, retryDelaysMs: options.retryDelaysMs, pending, verdicts })
    held = await store.transact(async (tx) => {
      const row = await lockOne(tx, cursors, cursorId)
      if (row === undefined || row.owner !== owner || row.epoch !== lease.epoch) {
        // The lease ran out while the handler was at it, and another process reads on from the old place.
        marks.mark('bus.fenced')
        return undefined
      }
      const place = last === undefined ? {} : { transactionId: last.transactionId, sequence: last.sequence }
      const moved = { ...row, ...place, leaseUntil: now + leaseMs }
      tx.update(cursors, [moved])
      // What a restored database delivers once more may stand in either table already, and come twice in a batch (`moved.ts`).
      tx.remove(retries, [...finished, ...retry.map(({ retryId }) => retryId)])
      tx.insertMissing(retries, retry)
      tx.insertMissing(dead, died)
      return moved
    })
    if (retry.length > 0) marks.mark('bus.retried')
    if (died.length > 0) marks.mark('bus.died')
  }

  async function run(): Promise<void> {
    while (!stopping) {
      woken = false
      const worked = await turn().catch((error: unknown) => {
        held = undefined
        options.onError({ group: subscription.group, topic, error })
        return false
      })
      if (stopping) return
      if (worked) {
        collecting = true
        await pause(collectMs)
        collecting = false
      }
      if (!worked && !woken) await pause(pollEveryMs)
    }
  }

  function pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(durationMs, () => endPause?.())
      endPause = () => {
        endPause = undefined
        cancel()
        resolve()
      }
    })
  }

  return {
    start: () => {
      running ??= run()
    },
    wake: () => {
      woken = true
      if (!collecting) endPause?.()
    },
    stop: async () => {
      stopping = true
      endPause?.()
      await running
    },
  }
}
