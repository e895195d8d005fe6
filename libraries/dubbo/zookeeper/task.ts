import type { Clock } from '@suanpan/runtime/time'

/** Work that brings something to its wanted state, and can be run again whenever that may have changed. */
export interface Task {
  /** Runs the work soon; once more if it is running now. */
  poke(): void
  /** No run begins any more; resolves when the current one has ended. */
  stop(): Promise<void>
}

export interface TaskOptions {
  readonly clock: Clock
  readonly retryAfterMs: number
  /** May be run again after any failure. Resolves with false when it must be tried again. */
  readonly run: () => Promise<boolean>
}

/** One run at a time; a failed one is repeated. */
export function createTask({ clock, retryAfterMs, run }: TaskOptions): Task {
  let running: Promise<void> | undefined
  let again = false
  let stopped = false
  let cancelRetry: (() => void) | undefined

  async function runAll(): Promise<void> {
    let isDone: boolean
    do {
      again = false
      isDone = await run()
    } while (again && !stopped)
    if (!isDone && !stopped) cancelRetry = clock.after(retryAfterMs, poke)
  }

  function poke(): void {
    if (stopped) return
    cancelRetry?.()
    cancelRetry = undefined
    if (running !== undefined) again = true
    else
      running = runAll().finally(() => {
        running = undefined
      })
  }

  return {
    poke,
    stop: async () => {
      stopped = true
      cancelRetry?.()
      await running
    },
  }
}
