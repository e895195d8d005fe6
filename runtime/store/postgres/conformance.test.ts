import { after, before, describe } from 'node:test'
import { startPostgres, type PostgresServer } from '@suanpan/servers/postgres'
import { systemClock } from '../../time/index.ts'
import type { Store } from '../port.ts'
import { concurrencyConformance, conformanceSchema, reopeningConformance, storeConformance } from '../testing/conformance/index.ts'
import { openPostgresStore } from './store.ts'

const stores: Store[] = []
let server: PostgresServer

before(async () => {
  server = await startPostgres()
})

after(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await server.stop()
})

async function open(connectionString: string, schemas: readonly URL[] = [conformanceSchema]): Promise<Store> {
  const store = await openPostgresStore({ name: 'conformance', connectionString, schemas, clock: systemClock(), onError: () => {} })
  stores.push(store)
  return store
}

storeConformance('PostgreSQL', async () => open(await server.createDatabase()))

describe('concurrent transactions of several processes on PostgreSQL', () =>
  concurrencyConformance(async () => {
    const database = await server.createDatabase()
    // All at once, on an empty database: they make the tables one after the other.
    return Promise.all([open(database), open(database), open(database)])
  }))

describe('a PostgreSQL database, reopened', () =>
  reopeningConformance(async () => {
    const database = await server.createDatabase()
    return { open: (schemas) => open(database, schemas) }
  }))
