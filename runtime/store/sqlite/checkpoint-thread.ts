import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** What a pass found: frames that the log holds. */
export interface CheckpointNews {
  readonly frames: number
}

/** Copies what is in the log into the database file whenever asked, on a connection of its own: the writer goes on meanwhile. */
const database = new DatabaseSync(workerData as string)
database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL')
const pass = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')

/** Under load the log grows by some 200 frames in a pass, and by less in each that follows at once. */
const passesOfLongLog = 3

parentPort?.on('message', (longLogFrames: number) => {
  let frames = 0
  for (let passes = 0; passes === 0 || (passes < passesOfLongLog && frames >= longLogFrames); passes++) frames = (pass.get() as { log: number }).log
  parentPort?.postMessage({ frames } satisfies CheckpointNews)
})
