import { after, describe } from 'node:test'
import { systemClock } from '../../time/index.ts'
import type { Store } from '../port.ts'
import { openSqliteStore } from '../sqlite/store.ts'
import { usePostgres, type EngineOptions } from './postgres.ts'

/** A new, empty store in memory. */
export function openMemoryStore({ name, schemas }: EngineOptions): Store {
  return openSqliteStore({ name, schemas, file: ':memory:', clock: systemClock() })
}

/** Declares the same tests for every engine of the store. `open` answers a new, empty store; it is closed at the end. */
export function describeOnEveryEngine({ name, schemas }: EngineOptions, tests: (open: () => Promise<Store>) => void): void {
  describe(`${name} on SQLite`, () => {
    const stores: Store[] = []
    after(() => Promise.all(stores.map((store) => store.close())))
    tests(async () => {
      const store = openMemoryStore({ name, schemas })
      stores.push(store)
      return store
    })
  })

  describe(`${name} on PostgreSQL`, () => {
    const postgres = usePostgres()
    tests(async () => postgres.open(await postgres.database(), { name, schemas }))
  })
}
