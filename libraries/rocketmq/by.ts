import { inTime, type Clock } from '@suanpan/runtime/time'
import { RocketMqError } from './errors.ts'

/** What `work` comes to, or `unknown` at this time (epoch milliseconds). */
export async function by<T>(clock: Clock, until: number, work: Promise<T>): Promise<T> {
  if (await inTime(clock, until - clock.now(), work)) return work
  throw new RocketMqError('unknown', 'no answer came in time')
}
