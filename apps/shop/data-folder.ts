import { makeFolder, StartRefused, unusableFolder, writeDraft } from '@suanpan/hosting'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

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
    throw unusableFolder(folder, error)
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
    throw unusableFolder(folder, error)
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
