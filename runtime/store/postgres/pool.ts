import { Pool, types } from 'pg'

export interface PostgresPoolOptions {
  readonly connectionString: string
  /** The schema that unqualified table names mean. */
  readonly schema: string
  /** Batches leave few transactions under way at once; a hundred connections serve three processes of six services. */
  readonly maxConnections?: number
  /** Told of idle connections that broke; the next use opens a new one. */
  readonly onError: (error: Error) => void
}

const int8 = 20
const numeric = 1700

/** Counts and sums come as int8 and numeric; both must be whole and exact. */
function exactInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not an integer that can be held exactly`)
  return value
}

export function openPool({ connectionString, schema, maxConnections = 5, onError }: PostgresPoolOptions): Pool {
  const parserOf = (oid: number, format?: 'text'): unknown => (oid === int8 || oid === numeric ? exactInteger : types.getTypeParser(oid, format))
  const getTypeParser = parserOf as typeof types.getTypeParser
  const pool = new Pool({
    connectionString,
    max: maxConnections,
    pipeline: true,
    types: { getTypeParser },
    connectionTimeoutMillis: 5_000,
    // A server that fell silent (its machine gone, its network cut) counts as lost; statement_timeout comes first where it lives.
    query_timeout: 70_000,
    // A transaction that its process has forgotten must not keep its rows locked. And each connection keeps the plan that
    // it made of a statement when the tables were empty, which would be to read the whole of them: 0.8 ms at 360 rows and
    // 30 ms at 12,000 for 60 keys, until the server has looked at its tables, a minute later. By index it is 0.3 ms for both.
    options: `-c search_path="${schema}" -c idle_in_transaction_session_timeout=30000 -c statement_timeout=60000 -c enable_seqscan=off`,
  })
  pool.on('error', onError)
  // A connection in use that breaks fails its statements, which tell of it; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
