import type { PlaceAnswer, PlaceCommand } from '@suanpan/contracts/order'
import { batchedCall, type Reply } from '@suanpan/runtime/rpc'
import type { Clock } from '@suanpan/runtime/time'
import type { Services } from './services.ts'

/** Asks the order service to place one order; behind the caller's back it travels together with others. */
export type Place = (command: PlaceCommand) => Promise<Reply<PlaceAnswer>>

/** How orders travel to the order service. */
export interface PlacingSettings {
  /** Orders in one call. Its answer comes with that of its slowest, so that there should be few. */
  readonly maxBatch: number
  /** After a call the next one collects for this long; a lone order does not wait. */
  readonly collectMs: number
}

export interface PlaceOptions {
  readonly services: Pick<Services, 'order'>
  readonly clock: Clock
  readonly settings: { readonly respondWithinMs: number; readonly placing: PlacingSettings }
}

/** Beyond the order service's own promise to answer within `respondWithinMs`. */
const patienceMs = 3_000
/** More than this are not on their way from one process; the order service refuses much earlier. */
const maxUnderWay = 20_000

/** Orders that only wait to be durable are not kept waiting by those that wait for their decision: they have calls of their own. */
export function createPlace({ services, clock, settings: { respondWithinMs, placing } }: PlaceOptions): Place {
  const together = (name: string): Place =>
    batchedCall({
      name,
      clock,
      timeoutMs: respondWithinMs + patienceMs,
      maxItems: placing.maxBatch,
      collectMs: placing.collectMs,
      overlapping: true,
      maxQueued: maxUnderWay,
      // Each command has its own trace context; that of the call is the first one's.
      call: (commands: readonly PlaceCommand[], options) =>
        services.order.place({ commands: [...commands] }, { ...options, traceparent: commands[0]?.traceparent ?? '' }),
      results: ({ answers }) => answers,
    })
  const [decided, accepted] = [together('edge.place'), together('edge.accept')]
  return (command) => (command.respondAsync ? accepted : decided)(command)
}
