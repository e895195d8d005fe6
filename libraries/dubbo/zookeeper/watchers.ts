/**
 * A watch at the servers cannot be taken back, and the client keeps each function that waits for one. So it is given one
 * function a path, and who is called through it is kept here.
 */
export interface Watchers {
  /** The function to give to the client, which will call `onChange` once. */
  watch(path: string, onChange: () => void): () => void
  unwatch(onChange: () => void): void
}

export function createWatchers(): Watchers {
  const waiting = new Map<string, Set<() => void>>()
  const functions = new Map<string, () => void>()

  function fire(path: string): void {
    const called = waiting.get(path) ?? new Set()
    waiting.delete(path)
    for (const onChange of called) onChange()
  }

  return {
    watch: (path, onChange) => {
      waiting.set(path, (waiting.get(path) ?? new Set()).add(onChange))
      const known = functions.get(path) ?? (() => fire(path))
      functions.set(path, known)
      return known
    },
    unwatch: (onChange) => {
      for (const called of waiting.values()) called.delete(onChange)
    },
  }
}
