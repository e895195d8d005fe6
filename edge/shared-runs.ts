/**
 * Runs `work` one at a time. Who asks while it runs waits for the next run, and shares it with all who do: an answer is
 * never older than its question, and however many ask, the services have one run at a time to bear.
 */
export function createSharedRuns<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined
  let next: Promise<Result> | undefined

  function begin(): Promise<Result> {
    next = undefined
    running = work().finally(() => {
      running = undefined
    })
    return running
  }

  return () => {
    if (running === undefined) return next ?? begin()
    return (next ??= running.then(begin, begin))
  }
}
