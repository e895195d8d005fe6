import { RocketMqError } from '@suanpan/rocketmq'
import type { Clock } from '@suanpan/runtime/time'

/** Whether the broker took what was last sent to a topic: where it did not, no transaction waits to find out again. */
export interface Availability {
  isAway(topic: string): boolean
  /** Remembered for a moment. */
  failed(topic: string): void
  answered(topic: string): void
}

/**
 * What is refused was refused by a broker that is there, and will be again. A topic that is not there is no such refusal:
 * a broker that has come back is not known by its topics yet for up to half a minute.
 */
export const isRefused = (error: unknown): boolean => error instanceof RocketMqError && error.kind === 'refused' && !error.isMissing

/** Longer than the relay takes from one try to the next, so that as long as it fails nobody else tries. */
const rememberedMs = 5_000

export function createAvailability(clock: Clock): Availability {
  const awayUntil = new Map<string, number>()
  return {
    isAway: (topic) => (awayUntil.get(topic) ?? 0) > clock.now(),
    failed: (topic) => void awayUntil.set(topic, clock.now() + rememberedMs),
    answered: (topic) => void awayUntil.delete(topic),
  }
}
