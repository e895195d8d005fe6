import { Pool, types, type PoolClient, type QueryArrayConfig, type QueryArrayResult, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'

export interface PostgresPoolOptions {
  readonly connectionString: string
  /** The schema that unqualified table names mean. */
  readonly schema: string
  /** Batches leave few transactions under way at once; PostgreSQL's usual hundred connections serve two processes of each of eight services. */
  readonly maxConnections?: number
  /** Told of idle connections that broke; the next use opens a new one. */
  readonly onError: (error: Error) => void
}

/** How long one statement may take: the server ends it, or, where the server is not heard of any more, its connection is given up. */
interface Patience {
  readonly statementMs: number
  readonly silenceMs: number
}

/** For the work of calls and messages, which takes milliseconds: nobody waits for longer than this. */
const usualPatience: Patience = { statementMs: 8_000, silenceMs: 10_000 }
/** For what reads or changes whole tables: audits, migrations. */
const longPatience: Patience = { statementMs: 60_000, silenceMs: 70_000 }

/** What takes statements. */
export interface Connection {
  query<Row extends unknown[]>(statement: QueryArrayConfig): Promise<QueryArrayResult<Row>>
  query<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>>
}

/** Begins a transaction with the long patience: on the server until it ends, here for whatever goes over the connection that this answers. */
export async function beginPatiently(client: PoolClient, begin: string): Promise<Connection> {
  await client.query(begin)
  await client.query(`SET LOCAL statement_timeout = ${longPatience.statementMs}`)
  // `pg` reads it beside a statement, too, though its types do not say so.
  const ourSide = { query_timeout: longPatience.silenceMs }
  const query = (statement: QueryConfig) => client.query({ ...statement, ...ourSide })
  return { query }
}

/** Shorter than others wait for a statement: rows that were locked by a process which is not heard of any more are free before that. */
const forgottenMs = 7_000

const int8 = 20
const numeric = 1700

/** Counts and sums come as int8 and numeric; both must be whole and exact. */
function exactInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is not an integer that can be held exactly`)
  return value
}

/** The server's side of the same: it notices that a client is gone, and frees what that one had locked. And how it plans. */
function sessionSettings(schema: string): Readonly<Record<string, string | number>> {
  return {
    search_path: `"${schema}"`,
    statement_timeout: usualPatience.statementMs,
    idle_in_transaction_session_timeout: forgottenMs,
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 5,
    // Each connection keeps the plan that it made of a statement when the tables were empty, which would be to read the
    // whole of them: 0.8 ms at 360 rows and 30 ms at 12,000 for 60 keys, until the server has looked at its tables, a minute
    // later. By index it is 0.3 ms for both.
    enable_seqscan: 'off',
  }
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
    query_timeout: usualPatience.silenceMs,
    // Of those that lay idle when a network broke none is left once the first to be used is given up.
    idleTimeoutMillis: usualPatience.silenceMs,
    // Beneath all that: a machine that is gone is noticed during long statements, too, and in no more than 15 s.
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    options: Object.entries(sessionSettings(schema))
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  })
  pool.on('error', onError)
  // A connection in use that breaks fails its statements, which tell of it; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
