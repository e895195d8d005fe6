import type { Store } from '../store/index.ts'
import type { Clock } from '../time/index.ts'
import { storedMessage, type StoredMessage } from './tables.ts'

/** Where a group stands in a topic: behind this message. */
export type Place = Pick<StoredMessage, 'transactionId' | 'sequence'>

/**
 * The newest messages of a topic, read once for all groups of it: most of them stand at the same place, and each would
 * read and unpack the same rows. A group that is further behind reads for itself.
 */
export interface TopicTail {
  /** The next messages behind that place, at most `limit`; fewer do not mean that there are no more. */
  after(place: Place, limit: number): Promise<readonly StoredMessage[]>
  /** This process has published. */
  announce(): void
}

export interface TopicTailOptions {
  readonly store: Store
  readonly topic: string
  readonly clock: Clock
  /** How often to look without an announcement, for what other processes published. */
  readonly lookEveryMs: number
}

/** Some batches of a group that lags a little; about a megabyte. */
const keptMessages = 2_048

const readAfter = {
  sqlite: 'SELECT * FROM bus_message WHERE topic = $1 AND transaction_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4',
  // Sequence numbers commit out of order. Below the oldest running transaction nothing can appear any more.
  postgres:
    'SELECT * FROM bus_message WHERE topic = $1 AND (transaction_id, sequence) > ($2, $3) ' +
    'AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY transaction_id, sequence LIMIT $4',
}

export function createTopicTail({ store, topic, clock, lookEveryMs }: TopicTailOptions): TopicTail {
  /** Without a gap, from just behind `start` on. */
  let kept: StoredMessage[] = []
  let start: Place | undefined
  let reading: Promise<readonly StoredMessage[]> | undefined
  let announced = true
  let lookedAt = Number.NEGATIVE_INFINITY

  async function read(place: Place, limit: number): Promise<StoredMessage[]> {
    const rows = await store.read.query(readAfter[store.dialect], [topic, place.transactionId, place.sequence, limit])
    return rows.map(storedMessage)
  }

  /** What is announced may show only later, behind transactions that ran beside it; an embedded store has none. */
  function mayHaveMore(): boolean {
    return announced || store.dialect === 'postgres' || Math.abs(clock.now() - lookedAt) >= lookEveryMs
  }

  async function readOn(place: Place, limit: number): Promise<readonly StoredMessage[]> {
    announced = false
    lookedAt = clock.now()
    try {
      const fresh = await read(place, limit)
      kept.push(...fresh)
      if (kept.length > keptMessages) {
        start = kept[kept.length - keptMessages / 2 - 1]
        kept = kept.slice(-keptMessages / 2)
      }
      return fresh
    } catch (error) {
      announced = true
      throw error
    } finally {
      reading = undefined
    }
  }

  return {
    after: async (place, limit) => {
      while (reading !== undefined) await reading.catch(() => {})
      if (start !== undefined && isBefore(place, start)) return read(place, limit)
      const first = firstBehind(kept, place)
      if (first < kept.length) return kept.slice(first, first + limit)
      const end = kept.at(-1) ?? start
      if (end === undefined || isBefore(end, place)) {
        start = place
        kept = []
      } else if (!mayHaveMore()) return []
      reading = readOn(place, limit)
      return reading
    },
    announce: () => {
      announced = true
    },
  }
}

function isBefore(one: Place, other: Place): boolean {
  return one.transactionId < other.transactionId || (one.transactionId === other.transactionId && one.sequence < other.sequence)
}

/** The index of the first message behind that place. */
function firstBehind(messages: readonly StoredMessage[], place: Place): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isBefore(place, messages[middle] as StoredMessage)) high = middle
    else low = middle + 1
  }
  return low
}
