import type { Pool } from 'pg'
import { createVersionTable, pendingSteps, readSchema, type AppliedStep } from '../schema.ts'

/** Any number that nothing else in the database is likely to lock: "suan" in ASCII. */
const advisoryLock = 0x7375616e

/** Creates or completes a service's schema. Processes that start together do it one after the other. */
export async function migrate(pool: Pool, schema: string, folders: readonly URL[]): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock])
    await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
    await client.query(forPostgres(createVersionTable))
    const applied = (await client.query<AppliedStep & Record<string, never>>('SELECT component, version, digest FROM schema_version')).rows
    for (const { component, version, digest, sql } of pendingSteps(`database schema "${schema}"`, readSchema(folders), applied)) {
      await client.query(forPostgres(sql))
      await client.query('INSERT INTO schema_version (component, version, digest) VALUES ($1, $2, $3)', [component, version, digest])
    }
    await client.query('COMMIT')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** Byte order, as in SQLite: paging and locking by key must not depend on the database's locale. */
function forPostgres(sql: string): string {
  return sql.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"')
}
