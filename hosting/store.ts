import { reasonOf } from '@suanpan/runtime/reason'
import { StartRefused } from '@suanpan/runtime/settings'
import { openPostgresStore, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'

export interface ServiceStoreOptions {
  /** Also the name of its schema. */
  readonly service: string
  readonly databaseUrl: string
  readonly schemas: readonly URL[]
  readonly clock: Clock
  readonly log: Log
}

/** A service's store on PostgreSQL. Throws `StartRefused`. */
export function openServiceStore({ service, databaseUrl, schemas, clock, log }: ServiceStoreOptions): Promise<Store> {
  const onError = (error: unknown): void => log.warn({ service, error }, 'a database connection broke; the next one is opened when needed')
  return openPostgresStore({ name: service, connectionString: databaseUrl, schemas, clock, onError }).catch(refuseDatabase)
}

const databaseId = `SELECT system_identifier || '-' || oid AS id FROM pg_control_system(), pg_database WHERE datname = current_database()`

/**
 * Of the PostgreSQL database that a store is in, by whatever address: no other one has it, restored dumps and the next of the same name
 * neither. Only a copy of the server's files does. Throws `StartRefused`.
 */
export async function databaseIdOf({ read }: Store): Promise<string> {
  const [row] = await read.query(databaseId, []).catch(refuseDatabase)
  return String(row?.['id'])
}

/** What the driver says names neither the setting nor a way out. */
function refuseDatabase(error: unknown): never {
  if (error instanceof StartRefused) throw error
  const because = reasonOf(error)
  throw new StartRefused(
    `The database of DATABASE_URL cannot be used: ${because}. See that it runs, is named and spelled right there, and lets this user make schemas.`,
  )
}
