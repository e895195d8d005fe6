import { runAfterCommit } from '../after-commit.ts'
import { CommitUnknown, type Transaction } from '../port.ts'
import { isIoError, type Connection } from './connection.ts'
import { openTransaction } from './transaction.ts'

export interface Member {
  /** Runs in the open transaction; answers what to do once it is known to be committed. */
  readonly run: (tx: Transaction) => Promise<() => void>
  readonly reject: (error: unknown) => void
}

/** Runs every member in one SQLite transaction, and settles each. Never rejects. */
export async function commitGroup(connection: Connection, group: readonly Member[]): Promise<void> {
  const afterCommit: (() => void)[] = []
  try {
    connection.exec('BEGIN IMMEDIATE')
    for (const member of group) afterCommit.push(...(await runMember(connection, member)))
    commit(connection)
  } catch (error) {
    if (connection.isInTransaction()) connection.exec('ROLLBACK')
    // Members that failed by themselves have been told so already, and keep their own error.
    for (const member of group) member.reject(error)
    return
  }
  runAfterCommit(afterCommit)
}

/** Answers what to do after the commit. Throws where the failure of one took the whole transaction with it. */
async function runMember(connection: Connection, member: Member): Promise<readonly (() => void)[]> {
  connection.exec('SAVEPOINT member')
  const tx = openTransaction(connection)
  try {
    const settle = await member.run(tx)
    tx.flush()
    connection.exec('RELEASE member')
    return [...tx.afterCommitTasks, settle]
  } catch (error) {
    member.reject(error)
    // SQLite gives up the whole transaction by itself where a disk is full or fails: no savepoint is left then.
    if (!connection.isInTransaction()) throw error
    connection.exec('ROLLBACK TO member; RELEASE member')
    return []
  } finally {
    tx.end()
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
