import type { Clock } from '@suanpan/runtime/time'

/** Waits for `work`, but no longer than that; true if it came in time. A rejection of `work` in time is passed on. */
export async function inTime(clock: Clock, withinMs: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const cancel = clock.after(Math.max(0, withinMs), () => late.resolve(false))
  try {
    return await Promise.race([work.then(() => true), late.promise])
  } finally {
    cancel()
  }
}
