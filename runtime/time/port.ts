/**
 * Time as a port: nothing outside the runtime reads a clock or sets a timer, so that a simulator can own both.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Resolves after at least `delayMs`. */
  sleep(delayMs: number): Promise<void>
  /** Runs `task` once after `delayMs`; the returned function takes it back. */
  after(delayMs: number, task: () => void): () => void
  /** Runs `task` as soon as the work now at hand has yielded: how batches collect their members. */
  soon(task: () => void): void
}

/** Uniform in [0, 1). The one source of randomness, so that a seed can replay it. */
export type Random = () => number
