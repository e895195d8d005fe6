import { describe } from 'node:test'
import type { Store } from '../port.ts'
import { concurrencyConformance, conformanceSchema, reopeningConformance, storeConformance } from '../testing/conformance/index.ts'
import { usePostgres } from '../testing/postgres.ts'

const postgres = usePostgres()
const open = (database: string, schemas: readonly URL[] = [conformanceSchema]): Promise<Store> => postgres.open(database, { name: 'conformance', schemas })

storeConformance('PostgreSQL', async () => open(await postgres.database()))

describe('concurrent transactions of several processes on PostgreSQL', () =>
  concurrencyConformance(async () => {
    const database = await postgres.database()
    // All at once, on an empty database: they make the tables one after the other.
    return Promise.all([open(database), open(database), open(database)])
  }))

describe('a PostgreSQL database, reopened', () =>
  reopeningConformance(async () => {
    const database = await postgres.database()
    return { open: (schemas) => open(database, schemas) }
  }))
