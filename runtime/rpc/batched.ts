import { createBatcher } from '../batcher.ts'
import type { Clock } from '../time/index.ts'
import type { CallOptions, Reply } from './port.ts'

export interface BatchedCallOptions<Item, Response, Result> {
  readonly name: string
  readonly clock: Clock
  /** How long each call may take, from when its batch is sent: a batch has one deadline for all its members. */
  readonly timeoutMs: number
  readonly maxItems: number
  /** As the batcher's. */
  readonly collectMs?: number
  readonly overlapping?: boolean
  readonly maxQueued: number
  readonly call: (items: readonly Item[], options: CallOptions) => Promise<Reply<Response>>
  /** One result an item, in order. */
  readonly results: (response: Response) => readonly Result[]
}

/**
 * One item's view of a batch-first method. What happens to the batch happens to each of its members; a queue past its
 * bound is `not_processed`, because `overloaded`.
 */
export function batchedCall<Item, Response, Result>(options: BatchedCallOptions<Item, Response, Result>): (item: Item) => Promise<Reply<Result>> {
  const { timeoutMs, call, results, ...batches } = options
  const { add } = createBatcher<Item, Reply<Result>>({
    ...batches,
    refusal: { kind: 'not_processed', because: 'overloaded' },
    flush: async (items) => {
      const reply = await call(items, { deadlineAt: batches.clock.now() + timeoutMs })
      if (reply.kind !== 'answered') return items.map(() => reply)
      return results(reply.response).map((response) => ({ kind: 'answered', response }))
    },
  })
  return add
}
