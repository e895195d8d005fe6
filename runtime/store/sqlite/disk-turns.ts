/** Work that waits for the disk: done at moments at which all that is committed is on disk. */
export interface DiskTurns {
  /**
   * Runs `work`, which does not throw, at the first such moment at which all that was told before this call is committed.
   * Rejects once something that was told is lost.
   */
  wait<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** A group is open: its members may be told before it is committed. */
  opened(): void
  /** The open group is committed, and the disk takes it. Never while it takes another. */
  committed(): void
  /** The open group is undone, and nobody was told of it. */
  undone(): void
  /** The disk has what was committed. Whoever waits is served at once, before anything else is committed. */
  synced(): void
  lost(error: Error): void
}

interface Waiter {
  readonly run: () => void
  readonly reject: (error: Error) => void
}

export function createDiskTurns(): DiskTurns {
  let isOpen = false
  let isSyncing = false
  let behindOpen: Waiter[] = []
  let behindSync: Waiter[] = []
  let failure: Error | undefined

  function serve(waiters: readonly Waiter[]): void {
    for (const { run } of waiters) run()
  }

  return {
    wait: (work) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        const waiter = { run: () => resolve(work()), reject }
        if (isOpen) behindOpen.push(waiter)
        else if (isSyncing) behindSync.push(waiter)
        else waiter.run()
      }),
    opened: () => {
      isOpen = true
    },
    committed: () => {
      isOpen = false
      isSyncing = true
      behindSync = behindOpen
      behindOpen = []
    },
    undone: () => {
      isOpen = false
      const waiters = behindOpen
      behindOpen = []
      if (isSyncing) behindSync.push(...waiters)
      else serve(waiters)
    },
    synced: () => {
      isSyncing = false
      const waiters = behindSync
      behindSync = []
      serve(waiters)
    },
    lost: (error) => {
      failure = error
      for (const { reject } of [...behindSync, ...behindOpen]) reject(error)
      behindSync = []
      behindOpen = []
    },
  }
}
