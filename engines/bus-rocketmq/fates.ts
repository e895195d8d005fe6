import { cursorIdOf, fateOf, messageRowOf, retryIdOf, type OutgoingMessage, type RetryDelaysMs, type Verdict } from '@suanpan/runtime/bus'
import type { DeliveryRow } from './tables.ts'

/** A message that a group has in hand. */
export interface Pending {
  readonly message: OutgoingMessage
  /** Deliveries so far. */
  readonly attempts: number
  /** It stands in the table. */
  readonly isKnown: boolean
}

export const deliveryIdOf = (group: string, topic: string, messageId: string): string => retryIdOf(cursorIdOf(group, topic), messageId)

const nothing = new Uint8Array(0)

function rowOf(group: string, message: OutgoingMessage, state: DeliveryRow['state'], now: number): DeliveryRow {
  const { topic, id } = message
  return {
    ...messageRowOf(message),
    deliveryId: deliveryIdOf(group, topic, id),
    queueId: cursorIdOf(group, topic),
    groupName: group,
    state,
    attempts: 0,
    nextAttemptAt: 0,
    because: '',
    changedAt: now,
  }
}

/** What a publisher writes for a group of its own: how long the queue is, is known before the broker delivers. */
export const waitingRow = (group: string, message: OutgoingMessage, now: number): DeliveryRow => ({
  ...rowOf(group, message, 'waiting', now),
  body: nothing,
})

/** The row of a message after its group was asked; without a verdict it was not: its time has not come. */
export function settledRow(
  group: string,
  { message, attempts }: Pick<Pending, 'message' | 'attempts'>,
  verdict: Verdict | undefined,
  now: number,
  retryDelaysMs: RetryDelaysMs,
): DeliveryRow {
  if (verdict === undefined) return { ...rowOf(group, message, 'retrying', now), nextAttemptAt: message.notBeforeAt ?? 0, because: 'delayed' }
  const fate = fateOf(verdict, attempts, now, retryDelaysMs)
  switch (fate.kind) {
    case 'done':
      return { ...rowOf(group, message, 'handled', now), body: nothing, attempts: attempts + 1 }
    case 'again':
      return { ...rowOf(group, message, 'retrying', now), attempts: fate.attempts, nextAttemptAt: fate.nextAttemptAt, because: fate.because }
    case 'dead':
      return { ...rowOf(group, message, 'dead', now), attempts: fate.attempts, because: fate.because }
  }
}
