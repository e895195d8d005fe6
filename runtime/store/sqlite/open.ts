import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { reasonOf } from '../../reason.ts'
import { StoreRefused } from '../refused.ts'
import { createVersionTable, pendingSteps, readSchema, type AppliedStep } from '../schema.ts'

/** Files up to this size are checked page by page at the start: 16 MiB take about 30 ms. Larger ones show damage when read. */
const checkedWholeBytes = 16 * 1024 * 1024

/**
 * Opens or creates a database file.
 *
 * Throws `StoreRefused` for a file that is damaged, no database, or not writable.
 */
export function openDatabase(file: string): DatabaseSync {
  return refusing(file, () => {
    const database = new DatabaseSync(file)
    try {
      prepare(database, file)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

function refusing<Result>(file: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof StoreRefused) throw error
    const cause = reasonOf(error)
    throw new StoreRefused(`${file}: cannot be opened (${cause}). It is left as it is: restore it from a backup, or name another data folder.`, {
      cause: error,
    })
  }
}

function prepare(database: DatabaseSync, file: string): void {
  // 8 MiB of cache hold the upper levels of every index of a million rows. More is slower: a page that splits in the middle of an index borrows a
  // number far beyond the file's end, for which COMMIT looks through the whole cache (0.3 ms with 64 MiB, 370 times a second).
  database.exec(
    'PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY',
  )
  if (file === ':memory:' || statSync(file).size > checkedWholeBytes) return
  const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
  if (verdict !== 'ok')
    throw new StoreRefused(`${file}: is damaged (${String(verdict)}). It is left as it is: restore it from a backup, or name another data folder.`)
}

/**
 * From here on a commit is written to the log, and its writer sees to it that the log is on disk before anybody is told
 * (`log.ts`). The first one is still synced by SQLite itself, together with the folder that the log is new in.
 */
export function leaveSyncingToWriter(database: DatabaseSync): void {
  database.exec('PRAGMA user_version = 1; PRAGMA synchronous = NORMAL')
}

/**
 * Creates or completes the tables of these schema folders.
 *
 * Throws `StoreRefused` where the file was written by a newer version, or by another build.
 */
export function migrate(database: DatabaseSync, file: string, schemas: readonly URL[]): void {
  refusing(file, () => {
    const known = readSchema(schemas)
    const components = new Set(known.map(({ component }) => component))
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(createVersionTable)
      const all = database.prepare('SELECT component, version, digest FROM schema_version').all() as unknown as AppliedStep[]
      const applied = all.filter(({ component }) => components.has(component))
      const record = database.prepare('INSERT INTO schema_version (component, version, digest) VALUES (?, ?, ?)')
      for (const step of pendingSteps(file, known, applied)) {
        database.exec(forSqlite(step.sql))
        record.run(step.component, step.version, step.digest)
      }
      database.exec('COMMIT')
    } catch (error) {
      database.exec('ROLLBACK')
      throw error
    }
  })
}

/**
 * What only SQLite understands stands in comments that begin with its name: PostgreSQL skips them. And lists in a CHECK become comparisons:
 * SQLite fills a temporary index with a list of three or more at every run of a statement, 3 µs each.
 */
function forSqlite(sql: string): string {
  return sql
    .replaceAll(/\/\*sqlite (.*?)\*\//g, '$1')
    .replaceAll(/^.*\bCHECK\b.*$/gm, (line) => line.replaceAll(/(\w+) IN \(([^()]+)\)/g, (_, column: string, list: string) => comparisons(column, list)))
}

function comparisons(column: string, list: string): string {
  const each = list.split(/,\s*/).map((value) => `${column} = ${value}`)
  return `(${each.join(' OR ')})`
}
