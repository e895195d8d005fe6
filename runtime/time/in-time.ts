import type { Clock } from './port.ts'

/** Waits for `work`, but no longer than that; true if it came in time. A rejection in time is passed on, a late one is nobody's. */
export async function inTime(clock: Pick<Clock, 'after'>, withinMs: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const cancel = clock.after(Math.max(0, withinMs), () => late.resolve(false))
  try {
    return await Promise.race([work.then(() => true), late.promise])
  } finally {
    cancel()
  }
}
