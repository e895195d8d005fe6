/** Runs tasks, at most `count` at once; the others wait, in order of arrival, until a lane is free. */
export interface Lanes {
  run<T>(task: () => Promise<T>): Promise<T>
  readonly running: number
  readonly waiting: number
}

export function createLanes(count: number): Lanes {
  const queue: (() => void)[] = []
  let running = 0

  return {
    run: async (task) => {
      if (running === count) await new Promise<void>((resolve) => queue.push(resolve))
      else running++
      try {
        return await task()
      } finally {
        // A lane that is handed on stays taken.
        const next = queue.shift()
        if (next === undefined) running--
        else next()
      }
    },
    get running() {
      return running
    },
    get waiting() {
      return queue.length
    },
  }
}
