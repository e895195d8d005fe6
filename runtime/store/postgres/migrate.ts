import type { Pool, PoolClient, QueryResultRow } from 'pg'
import { StoreRefused } from '../refused.ts'
import { createVersionTable, pendingSteps, readSchema, type AppliedStep } from '../schema.ts'
import { beginPatiently } from './pool.ts'

/** Any number that nothing else in the database is likely to lock: "suan" in ASCII. */
const advisoryLock = 0x7375616e

/** Creates or completes a service's schema. Processes that start together do it one after the other. */
export async function migrate(pool: Pool, schema: string, folders: readonly URL[]): Promise<void> {
  const client = await pool.connect()
  try {
    const patient = await beginPatiently(client, 'BEGIN')
    const query = <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) => patient.query<Row>({ text, values: [...values] })
    await query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
    await query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
    await requireSchema(client, schema)
    await query(forPostgres(createVersionTable))
    const applied = (await query<AppliedStep & Record<string, never>>('SELECT component, version, digest FROM schema_version')).rows
    for (const { component, version, digest, sql } of pendingSteps(`database schema "${schema}"`, readSchema(folders), applied)) {
      await query(forPostgres(sql))
      await query('INSERT INTO schema_version (component, version, digest) VALUES ($1, $2, $3)', [component, version, digest])
    }
    await query('COMMIT')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** A connection string may carry options of its own, or lead through a pooler that drops ours: tables would be mixed up. */
async function requireSchema(client: PoolClient, schema: string): Promise<void> {
  const current = (await client.query<{ schema: string | null }>('SELECT current_schema()::text AS schema')).rows[0]?.schema
  if (current === schema) return
  throw new StoreRefused(
    `database schema "${schema}": the connection does not keep its search_path (it leads to "${current ?? ''}"). ` +
      'Leave "options" out of the connection string, and connect to the server itself. Nothing was changed.',
  )
}

/** Byte order, as in SQLite: paging and locking by key must not depend on the database's locale. */
function forPostgres(sql: string): string {
  return sql.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')
}
