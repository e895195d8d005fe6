import type { Clock } from '@suanpan/runtime/time'
import { RocketMqError } from './errors.ts'

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

/** What `work` comes to, or `unknown` at this time (epoch milliseconds). */
export async function by<T>(clock: Clock, until: number, work: Promise<T>): Promise<T> {
  if (await inTime(clock, until - clock.now(), work)) return work
  throw new RocketMqError('unknown', 'no answer came in time')
}
