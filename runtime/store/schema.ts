import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StoreRefused } from './refused.ts'

/** One numbered SQL file, such as `001_stock.sql`. */
export interface SchemaStep {
  /** Whose tables these are: the name of the folder that holds the `schema` folder. */
  readonly component: string
  readonly version: number
  readonly sql: string
  /** Recorded when applied: a step that was applied once must never change afterwards. */
  readonly digest: string
}

/** What a store has applied so far. */
export interface AppliedStep {
  readonly component: string
  readonly version: number
  readonly digest: string
}

export const createVersionTable =
  'CREATE TABLE IF NOT EXISTS schema_version (component TEXT NOT NULL, version BIGINT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (component, version))'

/** The steps in these folders, each folder's in order. */
export function readSchema(folders: readonly URL[]): SchemaStep[] {
  return folders.flatMap((folder) => {
    const path = fileURLToPath(folder)
    const component = basename(dirname(resolve(path)))
    const files = readdirSync(path)
      .filter((file) => file.endsWith('.sql'))
      .sort()
    return files.map((file) => {
      const sql = readFileSync(`${path}/${file}`, 'utf8')
      return { component, version: Number.parseInt(file, 10), sql, digest: createHash('sha256').update(sql).digest('hex') }
    })
  })
}

/**
 * The steps still to be applied. Throws `StoreRefused` where the store is newer than this program, or was made by
 * another text of a step that it has.
 */
export function pendingSteps(storeName: string, known: readonly SchemaStep[], applied: readonly AppliedStep[]): SchemaStep[] {
  const keyOf = (step: AppliedStep) => `${step.component}/${step.version}`
  const knownByKey = new Map(known.map((step) => [keyOf(step), step]))
  for (const step of applied) {
    const same = knownByKey.get(keyOf(step))
    if (same === undefined) {
      throw new StoreRefused(
        `${storeName}: its tables are of version ${step.version} of "${step.component}", which this program does not know. ` +
          'It was written by a newer version: use that one. Nothing was changed.',
      )
    }
    if (same.digest !== step.digest) {
      throw new StoreRefused(
        `${storeName}: version ${step.version} of "${step.component}" was made by other SQL than this program has. ` +
          'It belongs to another build: use that one, or another data folder. Nothing was changed.',
      )
    }
  }
  const appliedKeys = new Set(applied.map(keyOf))
  return known.filter((step) => !appliedKeys.has(keyOf(step)))
}
