import type { Clock } from '@suanpan/runtime/time'

/** Whether the broker took what was last sent to a topic: where it did not, no transaction waits to find out again. */
export interface Availability {
  isAway(topic: string): boolean
  /** Remembered for a moment. */
  failed(topic: string): void
  answered(topic: string): void
}

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
