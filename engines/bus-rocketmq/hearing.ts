import type { RocketMq } from '@suanpan/rocketmq'
import { repeat, type Clock } from '@suanpan/runtime/time'

/** Knows until when the broker would have asked, had it something to ask. */
export interface Hearing {
  /** What was decided before this, epoch milliseconds, and has not been asked about, is not going to be; undefined: the broker was not there for long enough. */
  askedUntil(now: number): number | undefined
  start(): void
  stop(): Promise<void>
}

export interface HearingOptions {
  readonly rocketmq: Pick<RocketMq, 'health'>
  /** As the broker knows them. */
  readonly topics: readonly string[]
  readonly clock: Clock
}

const lookEveryMs = 30_000
/** Several of a broker's intervals: by default it asks for the first time after six seconds, and then each half minute. */
const asksWithinMs = 3 * 60_000

export function createHearing({ rocketmq, topics, clock }: HearingOptions): Hearing {
  let thereSince: number | undefined
  const looking = repeat({
    clock,
    everyMs: lookEveryMs,
    run: async () => {
      const at = clock.now()
      const { parts } = await rocketmq.health()
      const isThere = parts.every(({ role, topic, trouble }) => role !== 'producer' || !topics.includes(topic) || trouble === undefined)
      thereSince = isThere ? (thereSince ?? at) : undefined
    },
    onError: () => {
      thereSince = undefined
    },
  })
  return {
    askedUntil: (now) => (thereSince !== undefined && now - thereSince >= asksWithinMs ? now - asksWithinMs : undefined),
    start: looking.start,
    stop: looking.stop,
  }
}
