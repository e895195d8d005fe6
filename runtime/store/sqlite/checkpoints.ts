import { Worker } from 'node:worker_threads'
import type { Clock } from '../../time/index.ts'
import type { CheckpointNews } from './checkpoint-thread.ts'

/** A log up to this size is left alone: 16 MiB instead of SQLite's 4 copy hot pages less often, 20 µs less per order. */
const logBytes = 16 * 1024 * 1024

/** Passes follow each other no closer than this. */
const spacingMs = 500

/** A log of this many frames (64 MiB) has to be begun anew, which only the writer can see to: between two transactions. */
const longLogFrames = 16_000

export interface Checkpoints {
  /** To be told of every commit. */
  committed(): void
  /** True once after a pass that left a long log: all but the newest of it is copied, and the writer is to copy the rest. */
  takeTurn(): boolean
  stop(): Promise<void>
}

/**
 * Has the log copied into the database file by a thread of its own. Done by the writer it would hold up everybody for 20
 * to 100 ms, several times a second under load.
 */
export function startCheckpoints(file: string, logSize: () => number, clock: Clock): Checkpoints {
  let thread: Worker | undefined
  let underWay = false
  let isLong = false
  let cancel = (): void => {}

  function startThread(): Worker {
    const started = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: file })
    started.unref()
    started.on('message', ({ frames }: CheckpointNews) => {
      underWay = false
      isLong = frames >= longLogFrames
    })
    // Without it the log grows until the writer's turn; the next pass starts another.
    started.on('error', () => {
      thread = undefined
      underWay = false
      isLong = true
    })
    return started
  }

  return {
    committed: () => {
      if (underWay || logSize() < logBytes) return
      underWay = true
      cancel = clock.after(spacingMs, () => {
        thread ??= startThread()
        thread.postMessage(longLogFrames)
      })
    },
    takeTurn: () => {
      const mine = isLong
      isLong = false
      return mine
    },
    stop: async () => {
      cancel()
      await thread?.terminate()
    },
  }
}
