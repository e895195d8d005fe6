import { after, before } from 'node:test'
import { shareServer, startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { systemClock } from '../../time/index.ts'
import type { Store } from '../port.ts'
import { openPostgresStore } from '../postgres/store.ts'

/** Whoever runs many files of tests may start one server for all of them, and say so. */
const sharedServer = process.env['TEST_POSTGRES_URL']

export interface EngineOptions {
  readonly name: string
  /** Folders of numbered SQL files. */
  readonly schemas: readonly URL[]
}

export interface UsedPostgres {
  /** A new, empty database. */
  database(): Promise<string>
  /** A store in it, closed at the end. */
  open(connectionString: string, options: EngineOptions): Promise<Store>
}

/** A PostgreSQL server for the tests of this file, or of this `describe`: it is there once they run. */
export function usePostgres(): UsedPostgres {
  const stores: Store[] = []
  let server: Pick<PostgresServer, 'createDatabase' | 'stop'> | undefined
  before(async () => {
    server = sharedServer === undefined ? await startPostgres() : shareServer(sharedServer)
  })
  after(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await server?.stop()
  })
  return {
    database: async () => {
      if (server === undefined) throw new Error('the server is not running yet: make databases inside tests')
      return server.createDatabase()
    },
    open: async (connectionString, { name, schemas }) => {
      const store = await openPostgresStore({ name, connectionString, schemas, clock: systemClock(), onError: () => {} })
      stores.push(store)
      return store
    },
  }
}
