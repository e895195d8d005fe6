import type { Pool, PoolClient } from 'pg'
import type { Clock } from '../../time/index.ts'
import { CommitUnknown, type Reader, type Store, type Transaction } from '../port.ts'
import { asStoreError, classify } from './errors.ts'
import { migrate } from './migrate.ts'
import { openPool } from './pool.ts'
import { selectByKeys, statement } from './statements.ts'
import { byKey, openTransaction, send } from './transaction.ts'

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

/** Waits before a transaction is tried again: after a lost race at once, after a lost connection a second in all. */
const retryDelaysMs = { lost_race: [0, 5, 20, 50, 100], disconnected: [50, 100, 200, 400, 400] }

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
  return {
    name,
    dialect: 'postgres',
    read: readerOf(pool),
    transact: (work) => transactWithRetries(pool, clock, work),
    snapshot: (work) => withSnapshot(pool, work),
    close: () => pool.end(),
  }
}

async function transactWithRetries<Result>(pool: Pool, clock: Clock, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await transactOnce(pool, work)
    } catch (error) {
      if (error instanceof CommitUnknown) throw error
      const failure = classify(error)
      const delayMs = failure === 'final' ? undefined : retryDelaysMs[failure][attempt]
      if (delayMs === undefined) throw asStoreError(error)
      if (delayMs > 0) await clock.sleep(delayMs)
    }
  }
}

async function transactOnce<Result>(pool: Pool, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken = false
  try {
    const tx = openTransaction(client)
    const result = await runWork(client, () => work(tx))
    tx.flush()
    const commit = client.query('COMMIT')
    commit.catch(() => {})
    await believe(tx.sent, commit)
    for (const task of tx.afterCommitTasks) task()
    return result
  } catch (error) {
    broken = error instanceof CommitUnknown || classify(error) === 'disconnected'
    throw error
  } finally {
    client.release(broken)
  }
}

/** Whatever `work` throws rolls the transaction back. */
async function runWork<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

/**
 * A commit has happened only if the server says COMMIT: after a failed statement it answers ROLLBACK. Once COMMIT was
 * sent, a broken connection leaves open whether it happened.
 */
async function believe(sent: readonly Promise<unknown>[], commit: Promise<{ readonly command: string }>): Promise<void> {
  const [outcomes, [committed]] = await Promise.all([Promise.allSettled(sent), Promise.allSettled([commit])])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected' && classify(outcome.reason) !== 'disconnected')
  if (failed?.status === 'rejected') throw failed.reason
  if (committed.status === 'rejected')
    throw new CommitUnknown('the connection was lost while the transaction was being committed', { cause: committed.reason })
  if (committed.value.command !== 'COMMIT') throw new Error(`the server answered ${committed.value.command} to COMMIT`)
}

function readerOf(source: Pool | PoolClient): Reader {
  const rowsOf = async (text: string, values: Parameters<typeof statement>[1]) => (await send(source as PoolClient, statement(text, values))).rows
  return {
    get: async (table, keys) => {
      if (keys.length === 0) return new Map()
      const { text, values } = selectByKeys(table, keys)
      return byKey(table, await rowsOf(text, values))
    },
    query: rowsOf,
  }
}

async function withSnapshot<Result>(pool: Pool, work: (read: Reader) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let broken = true
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const result = await work(readerOf(client))
    await client.query('COMMIT')
    broken = false
    return result
  } finally {
    client.release(broken)
  }
}
