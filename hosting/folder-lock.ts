import { StartRefused } from '@suanpan/runtime/settings'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { unusableFolder } from './files.ts'

export interface FolderLock {
  /** Lets another process have the folder. */
  release(): void
}

/** What SQLite says when another process holds the lock (https://sqlite.org/rescode.html#busy). */
const sqliteBusy = 5

/**
 * Takes a folder for this process alone. The lock is a file lock of the operating system, which ends with the process
 * however that ends: after a kill -9 there is nothing to clean up.
 *
 * Throws `StartRefused` for a folder that is in use, and says what to do: `inUse`; or that is not writable.
 */
export function lockFolder(folder: string, inUse: string): FolderLock {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(join(folder, 'lock'))
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    writeFileSync(join(folder, 'owner'), String(process.pid))
    const held = lock
    return { release: () => held.close() }
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) throw new StartRefused(`The data folder ${folder} is in use${readOwner(folder)}. ${inUse}`)
    throw unusableFolder(folder, error)
  }
}

function readOwner(folder: string): string {
  try {
    return ` by process ${readFileSync(join(folder, 'owner'), 'utf8')}`
  } catch {
    return ''
  }
}
