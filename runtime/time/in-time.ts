import type { Clock } from './port.ts'

/** What `work` comes to, or `late` once it has taken longer than that. A rejection in time is passed on, a late one is nobody's. */
export function valueInTime<Value, Late>(clock: Pick<Clock, 'after'>, withinMs: number, work: Promise<Value>, late: Late): Promise<Value | Late> {
  // Every call waits so; a race makes more promises of it, for a third more of the processor.
  return new Promise((resolve, reject) => {
    const cancel = clock.after(Math.max(0, withinMs), () => resolve(late))
    work.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: Error) => {
        cancel()
        reject(error)
      },
    )
  })
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
