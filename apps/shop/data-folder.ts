import { dataFolder } from '@suanpan/hosting'
import { writeWhole } from '@suanpan/runtime/files'
import { lockFolder, makeFolder, unusableFolder, type FolderLock } from '@suanpan/runtime/folder'
import { StartRefused } from '@suanpan/runtime/settings'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Raised when a change makes folders unreadable for older versions. */
const currentFormat = 1

/** Where the embedded stores are. The file is as old as its folder: a folder without it has lost it. */
export const storeFile = (folder: string): string => join(folder, 'shop.db')

/** Acknowledged notifications that are not in the store yet: a backup needs both files. */
export const journalFile = (folder: string): string => join(folder, 'notifications.db')

/**
 * Takes a data folder for this process alone.
 *
 * Throws `StartRefused` for a folder that is in use, not ours, not writable, without its stores, or from a newer version.
 */
export function openDataFolder(folder: string): FolderLock {
  prepare(folder)
  return lockFolder(folder, dataFolder, 'Stop that shop first, or start this one with another DATA_DIR and PORT.')
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
      makeStoreFile(storeFile(folder))
      writeWhole(formatFile, `${JSON.stringify({ format: currentFormat })}\n`)
    }
    checkFormat(folder, readFileSync(formatFile, 'utf8'))
    if (!existsSync(storeFile(folder))) {
      throw new StartRefused(`The data folder ${folder} has lost its shop.db. Nothing was changed; restore it from a backup, or name another DATA_DIR.`)
    }
  } catch (error) {
    throw error instanceof StartRefused ? error : unusableFolder(folder, dataFolder, error)
  }
}

/** Empty, if it is not there: its customers are nobody else's business on this machine. SQLite gives its other files the same mode. */
export function makeStoreFile(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
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
