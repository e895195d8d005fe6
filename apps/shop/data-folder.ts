import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from './configuration.ts'

/** Raised when a change makes folders unreadable for older versions. */
const currentFormat = 1

export interface DataFolder {
  /** Where the store of this service is. */
  storeFile(service: string): string
  /** Lets another process have the folder. */
  release(): void
}

/**
 * Takes a data folder for this process alone. The lock is a file lock of the operating system, which ends with the
 * process however that ends: after a kill -9 there is nothing to clean up.
 *
 * Throws `StartRefused` for a folder that is in use, not ours, not writable, or from a newer version.
 */
export function openDataFolder(folder: string): DataFolder {
  prepare(folder)
  const lockFile = join(folder, 'lock')
  let lock: DatabaseSync
  try {
    lock = new DatabaseSync(lockFile)
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch {
    const owner = readOwner(folder)
    throw new StartRefused(`The data folder ${folder} is in use${owner}. Stop that shop first, or start this one with another DATA_DIR and PORT.`)
  }
  writeFileSync(join(folder, 'owner'), String(process.pid))
  return {
    storeFile: (service) => join(folder, `${service}.db`),
    release: () => lock.close(),
  }
}

function prepare(folder: string): void {
  const formatFile = join(folder, 'format.json')
  try {
    mkdirSync(folder, { recursive: true })
    if (!existsSync(formatFile)) {
      if (readdirSync(folder).some((name) => name.endsWith('.db'))) {
        throw new StartRefused(
          `The data folder ${folder} has stores in it but no format.json: it is damaged, or not ours. Nothing was changed; restore it, or name another DATA_DIR.`,
        )
      }
      if (readdirSync(folder).some((name) => !ours.has(name))) {
        throw new StartRefused(`The folder ${folder} has other things in it. Nothing was changed; name an empty folder, or a new one, as DATA_DIR.`)
      }
      writeFileSync(formatFile, `${JSON.stringify({ format: currentFormat })}\n`)
    }
    checkFormat(folder, readFileSync(formatFile, 'utf8'))
  } catch (error) {
    if (error instanceof StartRefused) throw error
    throw new StartRefused(`The data folder ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}. Name another DATA_DIR.`)
  }
}

/** What a start that was cut short may have left before the format was written. */
const ours = new Set(['lock', 'lock-journal', 'owner', 'demo-token-secret'])

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
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST')
      throw new StartRefused(`The data folder ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const secret = readFileSync(file, 'utf8')
  if (secret.length < 32) throw new StartRefused(`${file} is cut short. Delete it: a new one is made, and demo tokens have to be fetched anew.`)
  return secret
}
