import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs'

/** The write-ahead log of a database file: what is committed is written there, and durable once it is synced. */
export interface Log {
  /** Resolves once everything written before is on disk. A thread of the pool waits for the disk, not the caller's. */
  sync(): Promise<void>
  /** The same for what was copied from it into the database file. */
  syncCopied(): Promise<void>
  bytes(): number
  /** After the last connection: closing a file that SQLite holds would take its locks away. */
  close(): void
}

/** The log has to exist. */
export function openLog(file: string): Log {
  const log = openSync(`${file}-wal`, 'r+')
  const database = openSync(file, 'r+')
  const syncing = (descriptor: number): Promise<void> =>
    new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))))
  return {
    sync: () => syncing(log),
    syncCopied: () => syncing(database),
    bytes: () => fstatSync(log).size,
    close: () => {
      closeSync(log)
      closeSync(database)
    },
  }
}

/** A database in memory is as durable as it will ever be. */
export const noLog: Log = { sync: () => Promise.resolve(), syncCopied: () => Promise.resolve(), bytes: () => 0, close: () => {} }
