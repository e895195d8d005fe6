import type { Clock } from '../../time/index.ts'
import type { Reader, Store, Transaction } from '../port.ts'
import { connect } from './connection.ts'
import { commitGroup, type Member } from './group.ts'
import { migrate, openDatabase } from './open.ts'
import { withSnapshot } from './snapshot.ts'

export interface SqliteDatabaseOptions {
  /** A path, or `:memory:`. One process owns it at a time. */
  readonly file: string
  readonly clock: Clock
}

/** One file that holds the tables of any number of services. */
export interface SqliteDatabase {
  /**
   * A service's store in this file. Throws `StoreRefused` where its tables were made by a newer version.
   */
  openStore(name: string, schemas: readonly URL[]): Store
  close(): Promise<void>
}

export interface SqliteStoreOptions extends SqliteDatabaseOptions {
  readonly name: string
  /** Folders of numbered SQL files. */
  readonly schemas: readonly URL[]
}

/**
 * Commits follow each other no closer than this: under load more transactions share an fsync, and a lone one, long
 * after the last, waits for nothing.
 */
const commitSpacingMs = 1

/**
 * The embedded engine: one writer, group commit. Transactions queued in one turn, of whichever service, run one after
 * the other in a single SQLite transaction, so that they share its fsync; each has a savepoint, so that one that fails
 * takes nothing of its neighbours along.
 *
 * `work` must await nothing but its `tx`: the file's other transactions wait for it.
 *
 * Throws `StoreRefused` for a file that cannot be used as it is.
 */
export function openSqliteDatabase({ file, clock }: SqliteDatabaseOptions): SqliteDatabase {
  const database = openDatabase(file)
  const connection = connect(database)
  let queue: Member[] = []
  let scheduled = false
  /** Set while a group runs: readers wait for its end instead of seeing what may yet be rolled back. */
  let running: Promise<void> | undefined
  let committedAt = 0
  let closed = false

  function schedule(): void {
    if (scheduled || running !== undefined || queue.length === 0) return
    scheduled = true
    if (clock.now() - committedAt >= commitSpacingMs) clock.soon(commit)
    else clock.after(commitSpacingMs, commit)
  }

  function commit(): void {
    scheduled = false
    const group = queue
    queue = []
    // Begins a moment later, so that readers whom the first member lets loose find the group running.
    const done = Promise.resolve().then(() => commitGroup(connection, group))
    running = done.finally(() => {
      running = undefined
      committedAt = clock.now()
      schedule()
    })
  }

  async function whenIdle(): Promise<void> {
    while (running !== undefined) await running
  }

  const read: Reader = {
    get: async (table, keys) => {
      await whenIdle()
      return connection.get(table, keys)
    },
    query: async (sql, parameters) => {
      await whenIdle()
      return connection.query(sql, parameters)
    },
  }

  async function close(): Promise<void> {
    if (closed) return
    closed = true
    while (queue.length > 0 || running !== undefined) await (running ?? new Promise<void>((resolve) => clock.soon(resolve)))
    connection.close()
  }

  return {
    openStore: (name, schemas) => {
      migrate(database, file, schemas)
      return {
        name,
        dialect: 'sqlite',
        read,
        transact: (work) =>
          new Promise((resolve, reject) => {
            if (closed) return reject(new Error(`the store ${name} is closed`))
            const run = async (tx: Transaction) => {
              const result = await work(tx)
              return () => resolve(result)
            }
            queue.push({ run, reject })
            schedule()
          }),
        snapshot: async (work) => {
          await whenIdle()
          return withSnapshot(file, database, work)
        },
        close,
      }
    },
    close,
  }
}

/** A file for one service alone. */
export function openSqliteStore({ name, schemas, ...options }: SqliteStoreOptions): Store {
  const database = openSqliteDatabase(options)
  try {
    return database.openStore(name, schemas)
  } catch (error) {
    void database.close()
    throw error
  }
}
