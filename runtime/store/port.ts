import type { SqlRow, SqlValue, Table } from './table.ts'

export type Dialect = 'sqlite' | 'postgres'

/** Reads committed rows. */
export interface Reader {
  /** The rows with these keys; missing ones are absent from the map. */
  get<Row>(table: Table<Row>, keys: readonly string[]): Promise<Map<string, Row>>
  /**
   * Any query in the common SQL subset, with `$1`, `$2` … for parameters.
   * Answers raw columns; `table.fromSql` turns a whole row into a `Row`.
   */
  query(sql: string, parameters: readonly SqlValue[]): Promise<SqlRow[]>
}

export interface Transaction extends Reader {
  /**
   * Loads these rows for update, in key order (so that two transactions never wait for each other in a circle;
   * callers lock tables in one fixed order for the same reason). Duplicated keys are fine.
   */
  lock<Row>(table: Table<Row>, keys: readonly string[]): Promise<Map<string, Row>>
  /** Buffered, written set-based before the commit. A key that exists fails the transaction, which is then run again. */
  insert<Row>(table: Table<Row>, rows: readonly Row[]): void
  /** Buffered. Rows whose key exists are left out instead. */
  insertMissing<Row>(table: Table<Row>, rows: readonly Row[]): void
  /** Buffered. Replaces whole rows by key. */
  update<Row>(table: Table<Row>, rows: readonly Row[]): void
  /** Buffered. */
  remove<Row>(table: Table<Row>, keys: readonly string[]): void
  /** Buffered raw statement for engines that keep tables of their own (the bus). */
  execute(sql: string, parameters: readonly SqlValue[]): void
  /** Runs once the commit is known to have succeeded. */
  afterCommit(task: () => void): void
}

/**
 * One service's rows. Engines: `node:sqlite` (a file) and PostgreSQL (a schema).
 */
export interface Store {
  /** The owning service's name; also the file's or schema's. */
  readonly name: string
  readonly dialect: Dialect
  /**
   * load → decide → write once. `work` loads rows, decides synchronously, hands over what changed; the engine writes
   * and commits. `work` may be run more than once (lost races, deadlocks), so it must have no effect beside `tx`.
   *
   * Rejects with `CommitUnknown` when the commit's fate is not known (connection lost in COMMIT), with
   * `ConstraintViolated` when a constraint refuses it for good, and with whatever `work` throws, nothing written.
   */
  transact<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>
  /** Resolves once all that this store has told so far survives a crash. An engine may tell earlier, to its own process. */
  settled(): Promise<void>
  /** Reads without locks, each statement on the newest committed rows. */
  readonly read: Reader
  /** Several reads on one consistent snapshot, beside running transactions. */
  snapshot<Result>(work: (read: Reader) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

/** The commit was sent and no answer came: it may or may not have happened. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown'
}

/** A CHECK, UNIQUE or NOT NULL constraint refused the write, and doing it again would not help. */
export class ConstraintViolated extends Error {
  override readonly name = 'ConstraintViolated'
  readonly constraint: string
  constructor(constraint: string, options?: ErrorOptions) {
    super(`constraint ${constraint} refused the write`, options)
    this.constraint = constraint
  }
}
