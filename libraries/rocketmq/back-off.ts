import type { Clock, Random } from '@suanpan/runtime/time'

/** A broker that was killed serves again after some six seconds: trying in vain is cheap, but not each millisecond. */
const firstDelayMs = 50
const longestDelayMs = 2_000

/** Before try `attempt` + 1, counted from 1: doubling, and between half of it and all, so that many do not come at once. */
export function backOffMs(attempt: number, random: Random): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (0.5 + random() / 2)
}

export interface Trying {
  readonly clock: Clock
  readonly random: Random
  /** When to give up, epoch milliseconds. */
  readonly until: number
  /** False: this failure is for good. */
  readonly mayPass: (error: unknown) => boolean
}

/** Tries until it succeeds, fails for good, or time is up; then throws the last failure. */
export async function tryUntil<T>({ clock, random, until, mayPass }: Trying, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const delayMs = backOffMs(attempt, random)
      if (!mayPass(error) || clock.now() + delayMs >= until) throw error
      await clock.sleep(delayMs)
    }
  }
}
