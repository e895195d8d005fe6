import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from './configuration.ts'

/** Raised when a change makes folders unreadable for older versions. */
const currentFormat = 1

export interface DataFolder {
  /** Lets another process have the folder. */
  release(): void
}

/** Where the embedded stores are. The file is as old as its folder: a folder without it has lost it. */
export const storeFile = (folder: string): string => join(folder, 'shop.db')

/**
 * Takes a data folder for this process alone. The lock is a file lock of the operating system, which ends with the
 * process however that ends: after a kill -9 there is nothing to clean up.
 *
 * Throws `StartRefused` for a folder that is in use, not ours, not writable, without its stores, or from a newer version.
 */
export function openDataFolder(folder: string): DataFolder {
  prepare(folder)
  const lock = takeLock(folder)
  return { release: () => lock.close() }
}

/** What SQLite says when another process holds the lock (https://sqlite.org/rescode.html#busy). */
const sqliteBusy = 5

function takeLock(folder: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(join(folder, 'lock'))
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    writeFileSync(join(folder, 'owner'), String(process.pid))
    return lock
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) {
      throw new StartRefused(
        `The data folder ${folder} is in use${readOwner(folder)}. Stop that shop first, or start this one with another DATA_DIR and PORT.`,
      )
    }
    throw unusable(folder, error)
  }
}

function unusable(folder: string, error: unknown): StartRefused {
  const because = error instanceof Error ? error.message : String(error)
  return new StartRefused(`The data folder ${folder} cannot be used: ${because}. See that this user may write there, or name another DATA_DIR.`)
}

/** What takes a file's place is complete on disk first: after a crash the file is there in whole or not at all. */
function writeDraft(file: string, text: string, mode = 0o666): string {
  const draft = `${file}.${process.pid}`
  const handle = openSync(draft, 'w', mode)
  writeFileSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  return draft
}

/** With its parents. Not `recursive`: that never ends where a parent takes no folders and says so with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process that starts at the same time was faster.
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  }
}

function prepare(folder: string): void {
  const formatFile = join(folder, 'format.json')
  try {
    makeFolder(folder)
    if (!existsSync(formatFile)) {
      const names = readdirSync(folder)
      if (names.some((name) => name.endsWith('.db') && statSync(join(folder, name)).size > 0)) {
        throw new StartRefused(
          `The data folder ${folder} has stores in it but no format.json: it is damaged, or not ours. Nothing was changed; restore it, or name another DATA_DIR.`,
        )
      }
      if (names.some((name) => !ours.test(name))) {
        throw new StartRefused(`The folder ${folder} has other things in it. Nothing was changed; name an empty folder, or a new one, as DATA_DIR.`)
      }
      closeSync(openSync(storeFile(folder), 'a'))
      renameSync(writeDraft(formatFile, `${JSON.stringify({ format: currentFormat })}\n`), formatFile)
    }
    checkFormat(folder, readFileSync(formatFile, 'utf8'))
    if (!existsSync(storeFile(folder))) {
      throw new StartRefused(`The data folder ${folder} has lost its shop.db. Nothing was changed; restore it from a backup, or name another DATA_DIR.`)
    }
  } catch (error) {
    if (error instanceof StartRefused) throw error
    throw unusable(folder, error)
  }
}

/** What a start that was cut short may have left before the format was written, and the sandbox's folder. */
const ours = /^(lock|lock-journal|owner|sandbox|shop\.db|(demo-token-secret|format\.json)(\.\d+)?)$/

function checkFormat(folder: string, text: string): void {
  const format = formatOf(text)
  if (format === undefined)
    throw new StartRefused(
      `The data folder ${folder} has a format.json that cannot be read. Nothing was changed; restore it from a backup, or name another DATA_DIR.`,
    )
  if (format > currentFormat)
    throw new StartRefused(
      `The data folder ${folder} is of format ${format}, this version knows ${currentFormat}: it was written by a newer version. Nothing was changed; use that version, or name another DATA_DIR.`,
    )
}

function formatOf(text: string): number | undefined {
  try {
    const { format } = JSON.parse(text) as { format?: unknown }
    return typeof format === 'number' && Number.isInteger(format) && format > 0 ? format : undefined
  } catch {
    return undefined
  }
}

function readOwner(folder: string): string {
  try {
    return ` by process ${readFileSync(join(folder, 'owner'), 'utf8')}`
  } catch {
    return ''
  }
}

/** The secret of demo tokens: made at the first start, and kept, so that tokens outlive a restart. */
export function demoTokenSecret(folder: string): string {
  const file = join(folder, 'demo-token-secret')
  try {
    makeFolder(folder)
    if (!existsSync(file)) keepFirst(file, randomBytes(32).toString('hex'))
    const secret = readFileSync(file, 'utf8')
    if (secret.length < 32) throw new StartRefused(`${file} is cut short. Delete it: a new one is made, and demo tokens have to be fetched anew.`)
    return secret
  } catch (error) {
    throw error instanceof StartRefused ? error : unusable(folder, error)
  }
}

/** Of several processes that start at once, all keep what the first one wrote. */
function keepFirst(file: string, text: string): void {
  const draft = writeDraft(file, text, 0o600)
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
