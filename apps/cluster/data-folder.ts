import { lockFolder, makeFolder, unusableFolder, type FolderLock } from '@suanpan/runtime/folder'
import { StartRefused } from '@suanpan/runtime/settings'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brokersOf, type ClusterOptions } from './options.ts'

const words = { what: 'data folder', setting: '--data-dir' }

/**
 * Takes the data folder for this cluster alone: two on one folder would be two databases, and two brokers, on the same files.
 *
 * Throws `StartRefused` for a folder that is in use, not writable, or holds messages which this start would not read.
 */
export function takeDataFolder(options: ClusterOptions): FolderLock {
  const { dataDir } = options
  const lock = lockFolder(dataDir, words, 'Stop that cluster first, or start this one with another --data-dir, --port and --engine-ports.')
  try {
    makeFolder(join(dataDir, 'logs'))
    keepShape(options)
    return lock
  } catch (error) {
    lock.release()
    throw error instanceof StartRefused ? error : unusableFolder(dataDir, words, error)
  }
}

/** Messages that lie on a second broker are not read by a cluster that has but one. */
function keepShape(options: ClusterOptions): void {
  const { dataDir, existing = {} } = options
  if (existing.proxy !== undefined) return
  const wanted = brokersOf(options)
  const file = join(dataDir, 'cluster.json')
  const brokers = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { brokers: number }).brokers : 0
  if (brokers > wanted)
    throw new StartRefused(`Messages in ${dataDir} lie on two brokers, and this start has one. Start with --ha, or name another --data-dir.`)
  writeFileSync(file, `${JSON.stringify({ brokers: wanted })}\n`)
}
