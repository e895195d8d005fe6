import { fateOf, type RetryDelaysMs } from './fate.ts'
import type { Verdict } from './port.ts'
import { retryIdOf, type DeadRow, type RetryRow, type StoredMessage } from './tables.ts'

/** A message that a consumer has in hand. */
export interface Pending extends StoredMessage {
  /** Deliveries so far. */
  readonly attempts: number
  /** It stands in the retry table. */
  readonly retrying: boolean
}

/** What is written down of a batch once its group was asked about it. */
export interface Settlement {
  /** Rows of the retry table that are no longer needed. */
  readonly finished: readonly string[]
  /** In place of the rows that stand there. */
  readonly retry: readonly RetryRow[]
  readonly died: readonly DeadRow[]
}

/** A batch that its group was asked about. */
export interface AskedBatch {
  readonly cursorId: string
  readonly group: string
  readonly now: number
  readonly retryDelaysMs: RetryDelaysMs
  readonly pending: readonly Pending[]
  /** Messages without a verdict were not delivered: their time has not come. */
  readonly verdicts: ReadonlyMap<Pending, Verdict>
}

/** What becomes of each message: done, to be tried again later, or dead. */
export function settlementOf({ cursorId, group, now, retryDelaysMs, pending, verdicts }: AskedBatch): Settlement {
  const finished: string[] = []
  const retry: RetryRow[] = []
  const died: DeadRow[] = []
  for (const entry of pending) {
    const { message, retrying } = entry
    const retryId = retryIdOf(cursorId, message.id)
    const verdict = verdicts.get(entry)
    const again = (attempts: number, nextAttemptAt: number, because: string) =>
      retry.push({ retryId, cursorId, messageId: message.id, attempts, nextAttemptAt, because })
    if (verdict === undefined) {
      again(0, message.notBeforeAt, 'delayed')
      continue
    }
    const fate = fateOf(verdict, entry.attempts, now, retryDelaysMs)
    if (fate.kind === 'again') {
      again(fate.attempts, fate.nextAttemptAt, fate.because)
      continue
    }
    if (retrying) finished.push(retryId)
    if (fate.kind === 'done') continue
    const { topic, key } = message
    died.push({ deadId: retryId, cursorId, messageId: message.id, topic, key, groupName: group, attempts: fate.attempts, because: fate.because, diedAt: now })
  }
  return { finished, retry, died }
}
