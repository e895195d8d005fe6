import type { Clock } from '../../time/index.ts'
import { CommitUnknown, type Reader, type Store, type Transaction } from '../port.ts'
import { startCheckpoints } from './checkpoints.ts'
import { connect, type Connection } from './connection.ts'
import { createDiskTurns } from './disk-turns.ts'
import { openGroup, type Assurance, type Group, type Member } from './group.ts'
import { noLog, openLog, type Log } from './log.ts'
import { leaveSyncingToWriter, migrate, openDatabase } from './open.ts'
import { createRowCache } from './row-cache.ts'
import { connectBeside, withSnapshot } from './snapshot.ts'

export interface SqliteDatabaseOptions {
  /** A path, or `:memory:`. One process owns it at a time. */
  readonly file: string
  readonly clock: Clock
  /**
   * The disk refused what others have built upon already (stores that tell when it is `applied`). Whoever heard of it
   * must not go on: the process has to end, and to begin again with what the file holds.
   */
  readonly onLost?: (error: unknown) => void
  /** The log of the file, for tests of slow and failing disks. */
  readonly openLog?: (file: string) => Log
}

/** One file that holds the tables of any number of services. */
export interface SqliteDatabase {
  /**
   * A service's store in this file. Throws `StoreRefused` where its tables were made by a newer version.
   *
   * `applied`: `transact` resolves as soon as nothing but the loss of the whole process can undo it, and the next
   * transaction may build upon it before both are on disk. The file keeps their order, so that a crash takes either
   * the later ones or both. It is for services that share one process and tell nobody outside of it anything before
   * `settled`.
   */
  openStore(name: string, schemas: readonly URL[], assurance?: Assurance): Store
  /** Resolves once everything told so far, by whichever store of this file, is on disk. Rejects if it was lost. */
  settled(): Promise<void>
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
 * A group that is built upon stays open while more comes, for this long at most; and while the disk is busy with the one
 * before. Whoever has finished waits for its end: 8 ms made nothing cheaper, but much slower (docs/EXPERIMENTS.md).
 */
const openAtMostMs = 2

/** Turns of the event loop without a new transaction after which nothing more is to be expected: a batch needs two. */
const quietTurns = 2

/**
 * The embedded engine: one writer, group commit. Transactions queued in one turn, of whichever service, run one after
 * the other in a single SQLite transaction, so that they share its fsync; each has a savepoint, so that one that fails
 * takes nothing of its neighbours along. Where stores tell when it is `applied`, what follows joins the same group.
 * While the disk takes one group, the next one runs and collects.
 *
 * `work` must await nothing but its `tx`: the file's other transactions wait for it.
 *
 * Throws `StoreRefused` for a file that cannot be used as it is.
 */
export function openSqliteDatabase(options: SqliteDatabaseOptions): SqliteDatabase {
  const { file, clock, onLost = () => {} } = options
  const database = openDatabase(file)
  const connection = connect(database, createRowCache())
  /** Opened with the first read that needs it. */
  let beside: Connection | undefined
  const turns = createDiskTurns()
  /** Opened with the first store: it has to exist. */
  let log = noLog
  const checkpoints = startCheckpoints(file, () => log.bytes(), clock)
  let queue: Member[] = []
  let scheduled = false
  let isOpen = false
  /** Set while the disk takes a group. */
  let syncing: Promise<void> | undefined
  /** Set while members run: readers wait for their end instead of seeing what may yet be rolled back. */
  let running: Promise<void> | undefined
  let onArrival = (): void => {}
  let committedAt = 0
  let closed = false
  let lost: Error | undefined

  function schedule(): void {
    if (queue.length > 0) onArrival()
    if (scheduled || isOpen || queue.length === 0) return
    scheduled = true
    const begin = (): void => {
      scheduled = false
      if (lost === undefined) void workOff().catch(lose)
    }
    if (Math.abs(clock.now() - committedAt) >= commitSpacingMs) clock.soon(begin)
    else clock.after(commitSpacingMs, begin)
  }

  /** Others have built upon what the disk then refused, and what it says from now on counts for nothing. */
  function lose(error: unknown): void {
    if (lost !== undefined) return
    lost = error instanceof Error ? error : new Error(String(error))
    for (const { reject } of queue) reject(lost)
    queue = []
    turns.lost(lost)
    onLost(lost)
  }

  /** Runs what is queued, and what joins, as one group. */
  async function workOff(): Promise<void> {
    const group = openGroup(connection)
    isOpen = true
    turns.opened()
    try {
      if (checkpoints.takeTurn()) await copyRest()
      await runQueued(group)
      await letJoin(group)
      group.commit()
      turns.committed()
    } catch (error) {
      group.giveUp(error)
      return group.hasTold() ? lose(error) : turns.undone()
    } finally {
      isOpen = false
      committedAt = clock.now()
      schedule()
    }
    await sync(group)
  }

  /**
   * What nobody has copied of the log yet, copied while nobody writes: then the next commit begins the log anew. SQLite
   * would wait for the disk itself, twice and on this thread, 15 to 25 ms under load; so it is told not to, and the log
   * is on disk before the copy, and the copy before that commit, by our doing.
   */
  async function copyRest(): Promise<void> {
    await syncing
    try {
      connection.exec('PRAGMA synchronous = OFF; PRAGMA wal_checkpoint(PASSIVE)')
    } finally {
      connection.exec('PRAGMA synchronous = NORMAL')
    }
    await log.syncCopied().catch((error: unknown) => {
      lose(error)
      throw error
    })
  }

  /** A disk that fails here may have taken the group or not, and what later ones say of it counts for nothing. */
  async function sync(group: Group): Promise<void> {
    syncing = log.sync()
    try {
      await syncing
    } catch (cause) {
      const error = new CommitUnknown('the disk failed while the transaction was being committed', { cause })
      group.giveUp(error)
      return lose(error)
    } finally {
      syncing = undefined
    }
    checkpoints.committed()
    group.tell()
    turns.synced()
  }

  async function letJoin(group: Group): Promise<void> {
    const beganAt = clock.now()
    let quiet = group.hasTold() ? 0 : quietTurns
    for (;;) {
      const isOver = quiet >= quietTurns || Math.abs(clock.now() - beganAt) >= openAtMostMs
      if (isOver && syncing === undefined) return
      if (quiet >= quietTurns && queue.length === 0) await Promise.race([syncing?.catch(() => {}), arrival()])
      else await new Promise<void>((resolve) => clock.soon(resolve))
      quiet++
      if (queue.length === 0) continue
      await runQueued(group)
      quiet = group.hasTold() ? 0 : quietTurns
    }
  }

  function arrival(): Promise<void> {
    return new Promise((resolve) => {
      onArrival = resolve
    })
  }

  async function runQueued(group: Group): Promise<void> {
    const members = queue
    queue = []
    // Begins a moment later, so that readers whom the first member lets loose find the group running.
    running = Promise.resolve().then(() => group.run(members))
    await running.finally(() => {
      running = undefined
    })
  }

  /** Sees what is committed. The writer's own connection has the row cache, but would show what is written in an open transaction. */
  function committed(): Connection {
    return connection.isInTransaction() ? (beside ??= connectBeside(file)) : connection
  }

  /** Everything that is applied. */
  async function applied(): Promise<Connection> {
    while (running !== undefined) await running.catch(() => {})
    return connection
  }

  function readerOf(assurance: Assurance): Reader {
    if (assurance === 'applied')
      return {
        get: async (table, keys) => (await applied()).get(table, keys),
        query: async (sql, parameters) => (await applied()).query(sql, parameters),
      }
    return {
      get: (table, keys) => turns.wait(async () => committed().get(table, keys)),
      query: (sql, parameters) => turns.wait(async () => committed().query(sql, parameters)),
    }
  }

  const settled = (): Promise<void> => turns.wait(() => {})

  async function close(): Promise<void> {
    if (closed) return
    closed = true
    while (queue.length > 0 || isOpen || syncing !== undefined) {
      await settled().catch(() => {})
      await new Promise<void>((resolve) => clock.soon(resolve))
    }
    await checkpoints.stop()
    beside?.close()
    connection.close()
    log.close()
  }

  return {
    openStore: (name, schemas, assurance = 'durable') => {
      migrate(database, file, schemas)
      if (log === noLog && file !== ':memory:') {
        leaveSyncingToWriter(database)
        log = (options.openLog ?? openLog)(file)
      }
      return {
        name,
        dialect: 'sqlite',
        read: readerOf(assurance),
        transact: (work) =>
          new Promise((resolve, reject) => {
            if (closed) return reject(new Error(`the store ${name} is closed`))
            if (lost !== undefined) return reject(lost)
            const run = async (tx: Transaction) => {
              const result = await work(tx)
              return () => resolve(result)
            }
            queue.push({ assurance, run, reject })
            schedule()
          }),
        settled,
        snapshot: (work) => turns.wait(() => withSnapshot(file, database, work)),
        close,
      }
    },
    settled,
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
