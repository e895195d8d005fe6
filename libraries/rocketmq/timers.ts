import type { Clock } from '@suanpan/runtime/time'

/** Timers that can all be dropped at once: what waits for one of them then waits for ever, and is forgotten. */
export interface Timers extends Pick<Clock, 'after'> {
  drop(): void
}

export function createTimers(clock: Clock): Timers {
  const cancels = new Set<() => void>()
  return {
    after: (delayMs, task) => {
      const cancel = clock.after(delayMs, () => {
        cancels.delete(cancel)
        task()
      })
      cancels.add(cancel)
      return () => {
        cancels.delete(cancel)
        cancel()
      }
    },
    drop: () => {
      for (const cancel of cancels) cancel()
      cancels.clear()
    },
  }
}
