import { reasonOf } from '@suanpan/runtime/reason'
import { openPostgresStore, StoreRefused, type Store } from '@suanpan/runtime/store'
import type { Log } from '@suanpan/runtime/telemetry'
import type { Clock } from '@suanpan/runtime/time'
import { StartRefused } from './settings.ts'

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

/** What the driver says names neither the setting nor a way out. */
function refuseDatabase(error: unknown): never {
  if (error instanceof StoreRefused) throw new StartRefused(error.message)
  const because = reasonOf(error)
  throw new StartRefused(
    `The database of DATABASE_URL cannot be used: ${because}. See that it runs, is named and spelled right there, and lets this user make schemas.`,
  )
}
