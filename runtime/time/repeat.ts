import type { Clock } from './port.ts'

export interface Repetition {
  start(): void
  /** Resolves once a run under way is over; none begins after it. */
  stop(): Promise<void>
}

export interface RepetitionOptions {
  readonly clock: Clock
  /** From the end of one run to the begin of the next. */
  readonly everyMs: number
  /** A long run asks now and then whether it should end early. */
  readonly run: (isStopping: () => boolean) => Promise<unknown>
  /** A run that fails is told of here, and the next one comes all the same. */
  readonly onError: (error: unknown) => void
}

/** Runs something again and again, never twice at once. */
export function repeat({ clock, everyMs, run, onError }: RepetitionOptions): Repetition {
  let running: Promise<void> = Promise.resolve()
  let cancel: (() => void) | undefined
  let stopped = true

  function schedule(): void {
    if (stopped) return
    cancel = clock.after(everyMs, () => {
      running = run(() => stopped)
        .then(() => {}, onError)
        .then(schedule)
    })
  }

  return {
    start: () => {
      stopped = false
      schedule()
    },
    stop: () => {
      stopped = true
      cancel?.()
      return running
    },
  }
}
