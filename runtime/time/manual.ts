import type { Clock } from './port.ts'

/** A clock that moves only when told to, for unit tests. */
export interface ManualClock extends Clock {
  /** Moves time on, running what falls due on the way, in order of time; what it starts may fall due, too. */
  advance(durationMs: number): Promise<void>
}

interface Timer {
  readonly at: number
  readonly task: () => void
}

export function manualClock(startAt = 1_000_000): ManualClock {
  let now = startAt
  const timers = new Set<Timer>()

  function after(delayMs: number, task: () => void): () => void {
    const timer = { at: now + Math.max(0, delayMs), task }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  function earliest(until: number): Timer | undefined {
    let found: Timer | undefined
    for (const timer of timers) if (timer.at <= until && (found === undefined || timer.at < found.at)) found = timer
    return found
  }

  return {
    now: () => now,
    sleep: (delayMs) => new Promise((resolve) => after(delayMs, resolve)),
    after,
    soon: (task) => {
      setImmediate(task)
    },
    advance: async (durationMs) => {
      const until = now + durationMs
      await settled()
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.task()
        await settled()
      }
      now = until
    },
  }
}

/** Lets promises and `soon` tasks that are ready run to their end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
