import type { Clock } from './port.ts'

/** What `work` comes to, or `late` once it has taken longer than that. A rejection in time is passed on, a late one is nobody's. */
export async function valueInTime<Value, Late>(clock: Pick<Clock, 'after'>, withinMs: number, work: Promise<Value>, late: Late): Promise<Value | Late> {
  const timeUp = Promise.withResolvers<Late>()
  const cancel = clock.after(Math.max(0, withinMs), () => timeUp.resolve(late))
  try {
    return await Promise.race([work, timeUp.promise])
  } finally {
    cancel()
  }
}

/** Waits for `work`, but no longer than that; true if it came in time. Rejections as above. */
export function inTime(clock: Pick<Clock, 'after'>, withinMs: number, work: Promise<unknown>): Promise<boolean> {
  return valueInTime(
    clock,
    withinMs,
    work.then(() => true),
    false,
  )
}
