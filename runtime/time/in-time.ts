import type { Clock } from './port.ts'

/** What `work` comes to, or `late` once it has taken longer than that. A rejection in time is passed on, a late one is nobody's. */
export function valueInTime<Value, Late>(clock: Pick<Clock, 'after'>, withinMs: number, work: Promise<Value>, late: Late): Promise<Value | Late> {
  // Every call waits so; a race makes more promises of it, for a third more of the processor.
  const outcome = Promise.withResolvers<Value | Late>()
  const cancel = clock.after(Math.max(0, withinMs), () => outcome.resolve(late))
  work.then(
    (value) => {
      cancel()
      outcome.resolve(value)
    },
    (error: unknown) => {
      cancel()
      outcome.reject(error)
    },
  )
  return outcome.promise
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
