import type { Clock } from './time/index.ts'

/** The batcher's queue is full: nothing was begun, and the caller may come back later. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded'
}

export interface BatcherOptions<Item, Result> {
  /** For messages and metrics. */
  readonly name: string
  readonly clock: Clock
  /** At most this many items in one flush. */
  readonly maxItems: number
  /**
   * After a flush the next one collects for this long, so that those who follow it through further batches stay together;
   * a lone item, long after the last, waits for nothing. Absent, or with 1 item at most: not at all.
   */
  readonly collectMs?: number
  /** A flush does not wait for those before it, which may take long. Absent: it waits, unless a flush has 1 item at most. */
  readonly overlapping?: boolean
  /** At most this many items waiting, those of overlapping flushes among them; more are refused. */
  readonly maxQueued: number
  /** What one that is refused comes to. Absent: it is rejected with `Overloaded`. */
  readonly refusal?: Result
  /** One result an item, in order. May be called again with the same items: they are idempotent. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>
  /** Whether an error leaves open what happened: then the same batch is tried again instead of being taken apart. */
  readonly isAmbiguous?: (error: unknown) => boolean
  /** Told of every flush, for metrics. */
  readonly onFlush?: (items: number) => void
}

export interface Batcher<Item, Result> {
  /** Resolves with this item's result. Rejects with `Overloaded`, or with the error that this item caused. */
  readonly add: (item: Item) => Promise<Result>
  /** Items waiting, those of overlapping flushes among them. */
  readonly depth: () => number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Tries of a batch whose fate is not known, the first included. */
const maxAmbiguousTries = 3

/**
 * Turns calls for one item into calls for many. An idle batcher flushes what one turn brings at once, so that light
 * load waits for no timer; while a flush runs, the next batch collects.
 *
 * A flush that fails for good is taken apart by halves until the item that fails it stands alone: one poison item
 * cannot fail its neighbours. A flush whose fate is not known is repeated as it is.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const { name, clock, maxItems, maxQueued, refusal, overlapping = maxItems === 1, isAmbiguous = () => false } = options
  const collectMs = maxItems === 1 ? 0 : (options.collectMs ?? 0)
  let queue: Waiting<Item, Result>[] = []
  let state: 'idle' | 'scheduled' | 'flushing' = 'idle'
  let flushedAt = Number.NEGATIVE_INFINITY
  let underWay = 0

  function add(item: Item): Promise<Result> {
    if (queue.length + underWay >= maxQueued) {
      return refusal === undefined ? Promise.reject(new Overloaded(`${name}: ${maxQueued} items are waiting already`)) : Promise.resolve(refusal)
    }
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      if (state === 'idle') {
        state = 'scheduled'
        const waitMs = flushedAt + collectMs - clock.now()
        if (waitMs > 0 && waitMs <= collectMs) clock.after(waitMs, drain)
        else clock.soon(drain)
      }
    })
  }

  function drain(): void {
    if (queue.length === 0) {
      state = 'idle'
      return
    }
    state = 'flushing'
    const batch = queue.slice(0, maxItems)
    queue = queue.slice(maxItems)
    if (overlapping) {
      flushedAt = clock.now()
      underWay += batch.length
      void settle(batch, 1).then(() => {
        underWay -= batch.length
      })
      return drain()
    }
    void settle(batch, 1).then(() => {
      flushedAt = clock.now()
      // What is left over of a full batch has waited long enough.
      if (collectMs === 0 || batch.length === maxItems || queue.length === 0) return drain()
      state = 'scheduled'
      clock.after(collectMs, drain)
    })
  }

  /** Answers every item of the batch; never rejects. */
  async function settle(batch: readonly Waiting<Item, Result>[], attempt: number): Promise<void> {
    try {
      options.onFlush?.(batch.length)
      const results = await options.flush(batch.map(({ item }) => item))
      if (results.length !== batch.length) throw new Error(`${name}: ${batch.length} items got ${results.length} results`)
      batch.forEach(({ resolve }, index) => resolve(results[index] as Result))
    } catch (error) {
      await recover(batch, error, attempt)
    }
  }

  async function recover(batch: readonly Waiting<Item, Result>[], error: unknown, attempt: number): Promise<void> {
    if (isAmbiguous(error)) {
      if (attempt < maxAmbiguousTries) return settle(batch, attempt + 1)
      for (const { reject } of batch) reject(error)
      return
    }
    const [only] = batch
    if (batch.length === 1 && only !== undefined) return only.reject(error)
    const half = Math.ceil(batch.length / 2)
    await settle(batch.slice(0, half), 1)
    await settle(batch.slice(half), 1)
  }

  return { add, depth: () => queue.length + underWay }
}
