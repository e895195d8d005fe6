import { inTime, type Clock } from '@suanpan/runtime/time'

export interface LoopOptions {
  readonly clock: Clock
  /** The longest pause between two turns. */
  readonly pollEveryMs: number
  /** Answers when there may be more to do (epoch ms), if that is known. */
  readonly turn: () => Promise<number | undefined>
  /** A turn that fails is told of here, and the next one comes all the same. */
  readonly onError: (error: unknown) => void
}

export interface Loop {
  start(): void
  /** There may be something to do now, or at this time (epoch ms). */
  wake(at?: number): void
  /** Resolves once the turn under way is over. */
  stop(): Promise<void>
}

/** Works off what is due, one turn after the other; sleeps until more is, until it is woken, or until it is time to look. */
export function createLoop({ clock, pollEveryMs, turn, onError }: LoopOptions): Loop {
  let running: Promise<void> | undefined
  let stopping = false
  let wakeAt = Number.POSITIVE_INFINITY
  let woken = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    while (!stopping) {
      wakeAt = Number.POSITIVE_INFINITY
      woken = Promise.withResolvers()
      const next = await turn().catch((error: unknown) => {
        onError(error)
        return undefined
      })
      await sleepUntil(next ?? Number.POSITIVE_INFINITY)
    }
  }

  async function sleepUntil(nextAt: number): Promise<void> {
    const latest = clock.now() + pollEveryMs
    for (let waitMs = 0; !stopping;) {
      waitMs = Math.min(latest, nextAt, wakeAt) - clock.now()
      if (waitMs <= 0) return
      // Woken for a time to come, it looks at the clock anew.
      await inTime(clock, waitMs, woken.promise)
      woken = Promise.withResolvers()
    }
  }

  return {
    start: () => {
      running ??= run()
    },
    wake: (at = 0) => {
      wakeAt = Math.min(wakeAt, at)
      woken.resolve()
    },
    stop: async () => {
      stopping = true
      woken.resolve()
      await running
    },
  }
}
