import { ConstraintViolated } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'

/** The store was away until it was time to stop: what was to be written is left to the broker, which delivers again. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp'
}

export interface Persisting {
  readonly clock: Clock
  readonly isStopping: () => boolean
  readonly onError: (error: unknown) => void
}

const firstPauseMs = 100
const longestPauseMs = 2_000

/** Repeats work with the store, however long that is away. Throws `ConstraintViolated`, which time does not mend, and `GaveUp`. */
export async function throughOutages<Result>({ clock, isStopping, onError }: Persisting, work: () => Promise<Result>): Promise<Result> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof ConstraintViolated) throw error
      if (isStopping()) throw new GaveUp('the store is away, and this process is stopping', { cause: error })
      onError(error)
      await clock.sleep(pauseMs)
    }
  }
}
