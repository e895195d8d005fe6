import { ExponentialBackoffRetryPolicy } from 'rocketmq-client-nodejs'

/**
 * The client knows nothing of the group's usual (customized) retry policy and gives a failed message back with a delay
 * of 0; of an exponential policy it takes the seconds for milliseconds; and in an ordered group it makes a dead letter of
 * a message that failed once. A table of our own stands in for all three.
 */
export class TableRetryPolicy extends ExponentialBackoffRetryPolicy {
  readonly #delaysMs: readonly number[]

  constructor(delaysMs: readonly number[]) {
    super(delaysMs.length + 1)
    this.#delaysMs = delaysMs
  }

  /** Milliseconds after the failure of delivery `attempt`, counted from 1. The broker adds up to about two seconds. */
  override getNextAttemptDelay(attempt: number): number {
    return this.#delaysMs[Math.min(attempt, this.#delaysMs.length) - 1] ?? 0
  }
}
