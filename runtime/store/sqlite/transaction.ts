import type { Transaction } from '../port.ts'
import type { Connection } from './connection.ts'

export interface OpenTransaction extends Transaction {
  /** Writes what is buffered. Throws what made an earlier statement fail: it must not be committed in part. */
  flush(): void
  /** Nothing is taken or answered any more. */
  end(): void
  readonly afterCommitTasks: readonly (() => void)[]
}

/** Writes wait until the transaction ends or reads again, so that a read sees what was written before it. */
export function openTransaction(connection: Connection): OpenTransaction {
  let writes: (() => void)[] = []
  let failure: { readonly error: unknown } | undefined
  let over = false
  const afterCommitTasks: (() => void)[] = []

  function failing<Result>(work: () => Result): Result {
    if (failure !== undefined) throw failure.error
    try {
      return work()
    } catch (error) {
      failure = { error }
      throw error
    }
  }

  function flush(): void {
    failing(() => {
      const pending = writes
      writes = []
      for (const write of pending) write()
    })
  }

  function requireOpen(): void {
    if (over) throw new Error('the transaction is over: something in it was not awaited')
  }

  function read<Result>(work: () => Result): Result {
    requireOpen()
    flush()
    return failing(work)
  }

  function buffer(write: () => void): void {
    requireOpen()
    writes.push(write)
  }

  const get: Transaction['get'] = async (table, keys) => read(() => connection.get(table, keys))

  return {
    get,
    // The file has one writer, and this is it: reading is locking.
    lock: get,
    query: async (sql, parameters) => read(() => connection.query(sql, parameters)),
    insert: (table, rows) => buffer(() => connection.insert(table, rows)),
    insertMissing: (table, rows) => buffer(() => connection.insertMissing(table, rows)),
    update: (table, rows) => buffer(() => connection.update(table, rows)),
    remove: (table, keys) => buffer(() => connection.remove(table, keys)),
    execute: (sql, parameters) => buffer(() => connection.run(sql, parameters)),
    afterCommit: (task) => {
      requireOpen()
      afterCommitTasks.push(task)
    },
    flush,
    end: () => {
      over = true
    },
    afterCommitTasks,
  }
}
