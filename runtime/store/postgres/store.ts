import type { Pool } from 'pg'
import { createLanes } from '../../lanes.ts'
import type { Clock } from '../../time/index.ts'
import type { Reader, Store } from '../port.ts'
import { migrate } from './migrate.ts'
import { beginPatiently, openPool, type Connection } from './pool.ts'
import { rawStatement, selectByKeys } from './statements.ts'
import { readAgain, transact } from './transact.ts'
import { byKey, send, sendForArrays } from './transaction.ts'

export interface PostgresStoreOptions {
  /** Also the name of its schema. */
  readonly name: string
  readonly connectionString: string
  /** Folders of numbered SQL files. */
  readonly schemas: readonly URL[]
  readonly clock: Clock
  /** Told of connections that broke; work goes on over new ones. */
  readonly onError: (error: unknown) => void
}

/** They last as long as an audit, and hold a connection each: most of the pool stays with calls and messages. */
const maxSnapshots = 2

/**
 * The engine for PostgreSQL: a schema per service, READ COMMITTED with row locks, set-based statements. Any number of
 * processes may use the same database.
 *
 * Rejects with `StoreRefused` where the schema was made by a newer version.
 */
export async function openPostgresStore({ name, connectionString, schemas, clock, onError }: PostgresStoreOptions): Promise<Store> {
  const pool = openPool({ connectionString, schema: name, onError })
  try {
    await migrate(pool, name, schemas)
  } catch (error) {
    await pool.end()
    throw error
  }
  const snapshots = createLanes(maxSnapshots)
  const underWay = new Set<Promise<unknown>>()
  let closed: Promise<void> | undefined

  /** Closing waits for this: a pool that is ended serves nobody who still queues for a connection. */
  async function tracked<Result>(work: () => Promise<Result>): Promise<Result> {
    if (closed !== undefined) throw new Error(`the store ${name} is closed`)
    const running = work()
    underWay.add(running)
    try {
      return await running
    } finally {
      underWay.delete(running)
    }
  }

  async function close(): Promise<void> {
    await Promise.allSettled(underWay)
    await pool.end()
  }

  const read = readerOf(pool)
  return {
    name,
    dialect: 'postgres',
    read: {
      get: (table, keys) => tracked(() => readAgain(clock, () => read.get(table, keys))),
      query: (sql, parameters) => tracked(() => readAgain(clock, () => read.query(sql, parameters))),
    },
    transact: (work) => tracked(() => transact(pool, clock, work)),
    settled: () => Promise.resolve(),
    snapshot: (work) => tracked(() => snapshots.run(() => withSnapshot(pool, work))),
    close: () => (closed ??= close()),
  }
}

function readerOf(source: Connection): Reader {
  return {
    get: async (table, keys) => (keys.length === 0 ? new Map() : byKey(table, (await sendForArrays(source, selectByKeys(table, keys))).rows)),
    query: async (sql, parameters) => (await send(source, rawStatement(sql, parameters))).rows,
  }
}

async function withSnapshot<Result>(pool: Pool, work: (read: Reader) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken = true
  try {
    const result = await work(readerOf(await beginPatiently(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')))
    await client.query('COMMIT')
    broken = false
    return result
  } finally {
    client.release(broken)
  }
}
