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

parentPort?.on('message', () => {
  const { log } = pass.get() as { log: number }
  parentPort?.postMessage({ frames: log } satisfies CheckpointNews)
})
