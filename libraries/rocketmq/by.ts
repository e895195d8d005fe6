import { inTime, type Clock } from '@suanpan/runtime/time'
import { RocketMqError } from './errors.ts'

/** What `work` comes to, or `unknown` at this time (epoch milliseconds), because of what is known by then. */
export async function by<T>(clock: Clock, until: number, work: Promise<T>, because: () => string | undefined = () => undefined): Promise<T> {
  if (await inTime(clock, until - clock.now(), work)) return work
  throw new RocketMqError('unknown', because() ?? 'no answer came in time')
}
