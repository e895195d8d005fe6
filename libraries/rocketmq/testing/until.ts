import assert from 'node:assert/strict'

export const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

const lookEveryMs = 20

/** Looks until it is so; fails, with the words of `what`, if it is not by then. */
export async function until(what: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await what()); await pause(lookEveryMs)) {
    assert.ok(Date.now() < end, `not within ${withinMs} ms: ${what.toString()}`)
  }
}
