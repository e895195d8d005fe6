import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { reasonOf } from './reason.ts'
import { StartRefused } from './settings.ts'

/** How a folder is spoken of where it is refused. */
export interface FolderWords {
  readonly what: string
  /** What names it. */
  readonly setting: string
}

export interface FolderLock {
  /** Lets another process have the folder. */
  release(): void
}

/** What SQLite says when another process holds the lock (https://sqlite.org/rescode.html#busy). */
const sqliteBusy = 5

/**
 * Takes a folder for this process alone; makes it, if it is not there. The lock is a file lock of the operating system, which
 * ends with the process however that ends: after a kill -9 there is nothing to clean up.
 *
 * Throws `StartRefused` for a folder that is in use, and says what to do: `inUse`; or that is not writable.
 */
export function lockFolder(folder: string, words: FolderWords, inUse: string, mode?: number): FolderLock {
  let lock: DatabaseSync | undefined
  try {
    makeFolder(folder, mode)
    lock = new DatabaseSync(join(folder, 'lock'))
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    writeFileSync(join(folder, 'owner'), String(process.pid))
    const held = lock
    return { release: () => held.close() }
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) throw new StartRefused(`The ${words.what} ${folder} is in use${readOwner(folder)}. ${inUse}`)
    throw unusableFolder(folder, words, error)
  }
}

function readOwner(folder: string): string {
  try {
    return ` by process ${readFileSync(join(folder, 'owner'), 'utf8')}`
  } catch {
    return ''
  }
}

/** With its parents. Not `recursive`: that never ends where a parent takes no folders and says so with ENOENT, as /proc does. */
export function makeFolder(folder: string, mode = 0o777): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder), mode)
  try {
    mkdirSync(folder, mode)
  } catch (error) {
    // Another process that starts at the same time was faster.
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  }
}

export function unusableFolder(folder: string, { what, setting }: FolderWords, error: unknown): StartRefused {
  return new StartRefused(`The ${what} ${folder} cannot be used: ${reasonOf(error)}. See that this user may write there, or name another ${setting}.`)
}
