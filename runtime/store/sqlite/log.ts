import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs'

/** The write-ahead log of a database file: what is committed is written there, and durable once it is synced. */
export interface Log {
  /** Resolves once everything written before is on disk. A thread of the pool waits for the disk, not the caller's. */
  sync(): Promise<void>
  bytes(): number
  close(): void
}

/** The log has to exist. */
export function openLog(file: string): Log {
  const descriptor = openSync(`${file}-wal`, 'r+')
  return {
    sync: () => new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)))),
    bytes: () => fstatSync(descriptor).size,
    close: () => closeSync(descriptor),
  }
}

/** A database in memory is as durable as it will ever be. */
export const noLog: Log = { sync: () => Promise.resolve(), bytes: () => 0, close: () => {} }
