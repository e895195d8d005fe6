import { after, before, describe } from 'node:test'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { systemClock } from '../../time/index.ts'
import type { Store } from '../port.ts'
import { openPostgresStore } from '../postgres/store.ts'
import { openSqliteStore } from '../sqlite/store.ts'

export interface EngineOptions {
  readonly name: string
  /** Folders of numbered SQL files. */
  readonly schemas: readonly URL[]
}

/** A new, empty store in memory. */
export function openMemoryStore({ name, schemas }: EngineOptions): Store {
  return openSqliteStore({ name, schemas, file: ':memory:', clock: systemClock() })
}

/** Declares the same tests for every engine of the store. `open` answers a new, empty store; it is closed at the end. */
export function describeOnEveryEngine({ name, schemas }: EngineOptions, tests: (open: () => Promise<Store>) => void): void {
  describe(`${name} on SQLite`, () => {
    const stores: Store[] = []
    after(() => closeAll(stores))
    tests(async () => kept(stores, openMemoryStore({ name, schemas })))
  })

  describe(`${name} on PostgreSQL`, () => {
    const stores: Store[] = []
    let server: PostgresServer | undefined
    before(async () => {
      server = await startPostgres()
    })
    after(async () => {
      await closeAll(stores)
      await server?.stop()
    })
    tests(async () => {
      if (server === undefined) throw new Error('the server is not running yet: open stores inside tests')
      const connectionString = await server.createDatabase()
      return kept(stores, await openPostgresStore({ name, connectionString, schemas, clock: systemClock(), onError: () => {} }))
    })
  })
}

function kept(stores: Store[], store: Store): Store {
  stores.push(store)
  return store
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()))
}
