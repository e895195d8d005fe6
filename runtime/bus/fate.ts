import type { Verdict } from './port.ts'

/** Waits before the n-th retry; one more than its length is the number of tries before a message is a dead letter. */
export type RetryDelaysMs = readonly number[]

/** What becomes of a message that its group was asked about. */
export type Fate =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly attempts: number; readonly nextAttemptAt: number; readonly because: string }
  | { readonly kind: 'dead'; readonly attempts: number; readonly because: string }

/** `attemptsBefore` is the number of deliveries before the one that this verdict is about. */
export function fateOf(verdict: Verdict, attemptsBefore: number, now: number, retryDelaysMs: RetryDelaysMs): Fate {
  if (verdict.kind === 'done') return { kind: 'done' }
  const attempts = attemptsBefore + 1
  const because = storable(verdict.because)
  const delayMs = verdict.kind === 'poison' ? undefined : retryDelaysMs[attempts - 1]
  return delayMs === undefined ? { kind: 'dead', attempts, because } : { kind: 'again', attempts, nextAttemptAt: now + delayMs, because }
}

/** Whatever a handler's error says, the store has to hold it. */
const storable = (because: string): string => because.replaceAll('\u0000', '')
