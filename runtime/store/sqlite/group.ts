import { runAfterCommit } from '../after-commit.ts'
import { CommitUnknown, type Transaction } from '../port.ts'
import { isIoError, type Connection } from './connection.ts'
import { openTransaction } from './transaction.ts'

/** When the caller of a transaction learns its result: once it is on disk, or as soon as nothing but the disk can undo it. */
export type Assurance = 'durable' | 'applied'

export interface Member {
  readonly assurance: Assurance
  /** Runs in the open transaction; answers how to tell its result. */
  readonly run: (tx: Transaction) => Promise<() => void>
  readonly reject: (error: unknown) => void
}

/** One SQLite transaction, in which members run one after the other. */
export interface Group {
  /** Runs them, and tells those who need not wait for the disk. Rejects where the failure of one took the whole transaction with it. */
  run(members: readonly Member[]): Promise<void>
  /** Hands everything over to the log. Throws where that failed. */
  commit(): void
  /** Tells the others: the log is on disk. */
  tell(): void
  /** Undoes everything, and rejects whoever was not told anything yet. */
  giveUp(error: unknown): void
  /** Somebody goes on already with what a member did. */
  hasTold(): boolean
}

export function openGroup(connection: Connection): Group {
  const waiting = new Set<Member>()
  const afterCommit: (() => void)[] = []
  let begun = false
  let told = false

  /** SQLite gives up the whole transaction by itself where a disk is full or fails, be it under a mere read: no savepoint is left then. */
  function requireWhole(): void {
    if (begun && !connection.isInTransaction()) throw new Error('the disk failed, and all of the transaction is undone')
  }

  /** Answers what to do once it may be told. */
  async function runMember(member: Member): Promise<readonly (() => void)[]> {
    connection.exec('SAVEPOINT member')
    const tx = openTransaction(connection)
    try {
      const tell = await member.run(tx)
      tx.flush()
      connection.exec('RELEASE member')
      return [...tx.afterCommitTasks, tell]
    } catch (error) {
      waiting.delete(member)
      member.reject(error)
      if (!connection.isInTransaction()) throw error
      connection.exec('ROLLBACK TO member; RELEASE member')
      return []
    } finally {
      tx.end()
    }
  }

  return {
    run: async (members) => {
      for (const member of members) waiting.add(member)
      requireWhole()
      if (!begun) connection.exec('BEGIN IMMEDIATE')
      begun = true
      const applied: (() => void)[] = []
      for (const member of members) {
        const tasks = await runMember(member)
        if (member.assurance === 'durable') afterCommit.push(...tasks)
        else applied.push(...tasks)
      }
      // Not before all have run: until then, a later one may take the transaction with it.
      for (const member of members) if (member.assurance === 'applied' && waiting.delete(member)) told = true
      runAfterCommit(applied)
    },
    commit: () => {
      requireWhole()
      commit(connection)
    },
    tell: () => runAfterCommit(afterCommit),
    giveUp: (error) => {
      connection.undo()
      // Members that failed by themselves have been told so already, and keep their own error.
      for (const member of waiting) member.reject(error)
    },
    hasTold: () => told,
  }
}

/** A disk that fails in COMMIT may have taken the last page or not: only the next opening of the file shows it. */
function commit(connection: Connection): void {
  try {
    connection.exec('COMMIT')
  } catch (error) {
    if (isIoError(error)) throw new CommitUnknown('the disk failed while the transaction was being committed', { cause: error })
    throw error
  }
}
