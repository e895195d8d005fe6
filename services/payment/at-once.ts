/** Runs work, at most so much of it at once; the rest waits, first come first served. */
export type Limit = <Result>(work: () => Promise<Result>) => Promise<Result>

export function atOnce(most: number): Limit {
  const waiting: (() => void)[] = []
  let running = 0

  /** Whoever ends hands its place on, so that nobody who comes in between takes it. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }

  return async (work) => {
    if (running < most) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
