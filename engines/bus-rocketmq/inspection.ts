import { cursorIdOf, messageIdsAbout, type DeadLetter, type MessageTrace, type Subscription } from '@suanpan/runtime/bus'
import { lockOne, type Reader, type SqlRow, type Store } from '@suanpan/runtime/store'
import { deliveryIdOf } from './fates.ts'
import { deliveries, sent, type DeliveryRow } from './tables.ts'

/** A backlog is counted no further: 100,000 waiting messages are as telling as more. */
const countedAtMost = 100_000

const open = "SELECT COUNT(*) AS n FROM (SELECT 1 FROM message_delivery WHERE queue_id = $1 AND state IN ('waiting', 'retrying') LIMIT $2) AS waiting"

/** Messages that wait for this group, as far as this service knows of them. */
export async function backlogOf(read: Reader, { group, topics }: Subscription): Promise<number> {
  const counts = await Promise.all(topics.map((topic) => read.query(open, [cursorIdOf(group, topic), countedAtMost])))
  return counts.reduce((sum, rows) => sum + numberIn(rows, 'n'), 0)
}

/** What an operator watches beside backlogs and dead letters; with everything well, all of it is near nothing. */
export interface BusFigures {
  /** Messages that the broker has yet to take. */
  readonly outboxMessages: number
  /** When the first of them happened, epoch milliseconds; 0: there is none. */
  readonly outboxSince: number
  /** Half messages that were committed a minute ago or longer, and of which the broker has not heard yet, as far as is known: it may still ask. */
  readonly untoldHalves: number
  /**
   * Likewise, of the last day, and the broker was there and did not ask. It has heard, and the process died within the second
   * before that was noted; or it has lost them.
   */
  readonly unaskedHalves: number
  /** Half messages whose transaction took too long, or died, within the last hour. */
  readonly barredHalves: number
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const untold = 'SELECT COUNT(*) AS n FROM message_tx WHERE told_at IS NULL AND decided_at >= $1 AND decided_at < $2'

/** `askedUntil`: see `Hearing`. */
export async function figuresOf(read: Reader, now: number, askedUntil: number | undefined): Promise<BusFigures> {
  const [waiting, untoldYet, unasked, barred] = await Promise.all([
    read.query('SELECT COUNT(*) AS n, MIN(at) AS since FROM message_outbox', []),
    read.query(untold, [askedUntil ?? 0, now - minuteMs]),
    read.query(untold, [now - dayMs, askedUntil ?? 0]),
    read.query("SELECT COUNT(*) AS n FROM message_tx WHERE state = 'barred' AND decided_at > $1", [now - 60 * minuteMs]),
  ])
  return {
    outboxMessages: numberIn(waiting, 'n'),
    outboxSince: numberIn(waiting, 'since'),
    untoldHalves: numberIn(untoldYet, 'n'),
    unaskedHalves: numberIn(unasked, 'n'),
    barredHalves: numberIn(barred, 'n'),
  }
}

const numberIn = (rows: readonly SqlRow[], column: string): number => Number(rows[0]?.[column] ?? 0)

export async function listDeadLetters(read: Reader, { limit, after }: { readonly limit: number; readonly after: string }): Promise<DeadLetter[]> {
  const rows = await read.query("SELECT * FROM message_delivery WHERE state = 'dead' AND delivery_id > $1 ORDER BY delivery_id LIMIT $2", [after, limit])
  return rows.map(deliveries.fromSql).map(({ deliveryId, groupName, topic, key, attempts, because, changedAt }) => ({
    id: deliveryId,
    group: groupName,
    topic,
    key,
    attempts,
    because,
    diedAt: changedAt,
  }))
}

/** Puts a dead letter back into its group's queue, with all its tries before it. Answers its row, if it was one. */
export function replayDeadLetter(store: Store, deadLetterId: string, now: number): Promise<DeliveryRow | undefined> {
  return store.transact(async (tx) => {
    const row = await lockOne(tx, deliveries, deadLetterId)
    if (row?.state !== 'dead') return undefined
    const replayed: DeliveryRow = { ...row, state: 'retrying', attempts: 0, nextAttemptAt: now, because: 'replayed', changedAt: now }
    tx.update(deliveries, [replayed])
    return row
  })
}

/** Messages about one key that this service has published or received, and how its own groups fare with them. */
export async function traceOf(read: Reader, subscriptions: readonly Subscription[], key: string): Promise<MessageTrace[]> {
  const [first, beyond] = messageIdsAbout(key)
  const published = (await read.query('SELECT * FROM message_sent WHERE message_id >= $1 AND message_id < $2', [first, beyond])).map(sent.fromSql)
  const queues = subscriptions.flatMap(({ group, topics }) => topics.map((topic) => ({ group, topic })))
  const received = await Promise.all(
    queues.map(async ({ group, topic }) => {
      const range = [deliveryIdOf(group, topic, first), deliveryIdOf(group, topic, beyond)]
      return (await read.query('SELECT * FROM message_delivery WHERE delivery_id >= $1 AND delivery_id < $2', range)).map(deliveries.fromSql)
    }),
  )
  const traces = new Map(published.map(({ messageId, topic, at }) => [messageId, { messageId, topic, publishedAt: at, deliveries: [] as Fared[] }]))
  for (const row of received.flat()) {
    const { messageId, topic, at } = row
    const trace = traces.get(messageId) ?? { messageId, topic, publishedAt: at, deliveries: [] }
    trace.deliveries.push(faredOf(row))
    traces.set(messageId, trace)
  }
  return [...traces.values()].toSorted((one, other) => one.publishedAt - other.publishedAt)
}

type Fared = MessageTrace['deliveries'][number]

function faredOf({ groupName: group, state, attempts, nextAttemptAt, because }: DeliveryRow): Fared {
  switch (state) {
    case 'waiting':
      return { group, state, attempts }
    case 'handled':
      return { group, state: 'delivered', attempts }
    case 'retrying':
      return { group, state, attempts, nextAttemptAt, because }
    case 'dead':
      return { group, state, attempts, because }
  }
}
