/**
 * Runs what was to be done after a commit. A task that throws is a bug of its own: it surfaces as an uncaught exception,
 * and changes nothing about the commit, which has happened.
 */
export function runAfterCommit(tasks: readonly (() => void)[]): void {
  for (const task of tasks) {
    try {
      task()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
