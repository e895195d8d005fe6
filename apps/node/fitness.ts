/** Whether this process may go on. While it starts it waits for others without bound: it must not miss there that it has to end. */
export interface Fitness {
  /** Resolves, if ever, with why this process must not go on. */
  readonly unfit: Promise<Error>
  /** It has to leave; the first reason counts. */
  leave(why: Error): void
  /** Waits for a part of the start; rejects with why the process must not go on, before that part and during it. */
  whileFit<Result>(part: Promise<Result>): Promise<Result>
}

export function createFitness(): Fitness {
  const { promise: unfit, resolve } = Promise.withResolvers<Error>()
  const ended = unfit.then((why) => {
    throw why
  })
  // Nobody waits with it once the start is over.
  ended.catch(() => {})
  return { unfit, leave: resolve, whileFit: (part) => Promise.race([ended, part]) }
}
