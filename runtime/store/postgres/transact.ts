import type { Pool, PoolClient } from 'pg'
import type { Clock } from '../../time/index.ts'
import { runAfterCommit } from '../after-commit.ts'
import { CommitUnknown, type Transaction } from '../port.ts'
import { asStoreError, classify, isAnswered, type Failure } from './errors.ts'
import { openTransaction, type OpenTransaction } from './transaction.ts'

/** Waits before a transaction is tried again: after a lost race at once, after a lost connection a second in all. */
const retryDelaysMs = { lost_race: [0, 5, 20, 50, 100], disconnected: [50, 100, 200, 400, 400] }

/** Nothing was committed. */
interface Failed {
  readonly failure: Failure
  readonly error: unknown
}

type Attempt<Result> = { readonly result: Result; readonly afterCommitTasks: readonly (() => void)[] } | Failed

/**
 * Runs `work` until it commits, or fails for good.
 *
 * Rejects with `CommitUnknown` where the connection was lost after COMMIT was sent, with `ConstraintViolated`, and with
 * what `work` throws by itself.
 */
export async function transact<Result>(pool: Pool, clock: Clock, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    const attempt = await transactOnce(pool, work)
    if ('result' in attempt) {
      runAfterCommit(attempt.afterCommitTasks)
      return attempt.result
    }
    const delayMs = attempt.failure === 'final' ? undefined : retryDelaysMs[attempt.failure][tries]
    if (delayMs === undefined) throw asStoreError(attempt.error)
    if (delayMs > 0) await clock.sleep(delayMs)
  }
}

/** Reads anew over another connection where one broke: a read may be repeated whatever became of it. */
export async function readAgain<Result>(clock: Clock, read: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await read()
    } catch (error) {
      const delayMs = classify(error) === 'disconnected' ? retryDelaysMs.disconnected[tries] : undefined
      if (delayMs === undefined) throw error
      await clock.sleep(delayMs)
    }
  }
}

async function transactOnce<Result>(pool: Pool, work: (tx: Transaction) => Promise<Result>): Promise<Attempt<Result>> {
  let client: PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    return failedBy(error)
  }
  let lost: Error | undefined
  const onLost = (error: Error): void => {
    lost ??= error
  }
  client.on('error', onLost)
  let usable = false
  try {
    const tx = openTransaction(client)
    const outcome = await runWork(client, tx, work)
    const attempt = 'failure' in outcome ? outcome : lost === undefined ? await commit(client, tx, outcome.result) : failedBy(lost)
    usable = !('failure' in attempt) || attempt.failure !== 'disconnected'
    return attempt
  } finally {
    client.off('error', onLost)
    client.release(!usable)
  }
}

async function runWork<Result>(
  client: PoolClient,
  tx: OpenTransaction,
  work: (tx: Transaction) => Promise<Result>,
): Promise<{ readonly result: Result } | Failed> {
  let thrown: { readonly error: unknown } | undefined
  try {
    const result = await work(tx)
    // A statement that failed dooms the transaction, though `work` may have swallowed it.
    if (tx.failures().length === 0) return { result }
  } catch (error) {
    thrown = { error }
  } finally {
    tx.end()
  }
  await client.query('ROLLBACK').catch(() => {})
  await Promise.allSettled(tx.sent)
  // What fails first is the cause: the server answers everything after it with "transaction is aborted".
  const [cause] = tx.failures()
  if (cause === undefined) return { failure: 'final', error: thrown?.error }
  const failed = failedBy(cause)
  const ownError = thrown !== undefined && !tx.failures().includes(thrown.error)
  return failed.failure === 'final' && ownError ? { failure: 'final', error: thrown?.error } : failed
}

/**
 * A commit has happened only if the server says COMMIT: after a failed statement it answers ROLLBACK. Once COMMIT was
 * sent, a connection that breaks before any answer of failure leaves open whether it happened.
 */
async function commit<Result>(client: PoolClient, tx: OpenTransaction, result: Result): Promise<Attempt<Result>> {
  tx.flush()
  const committing = client.query('COMMIT')
  const [committed] = await Promise.allSettled([committing, ...tx.sent])
  const refusal = tx.failures().find(isAnswered)
  if (refusal !== undefined) return failedBy(refusal)
  if (committed.status === 'rejected') {
    if (isAnswered(committed.reason) && classify(committed.reason) !== 'disconnected') return failedBy(committed.reason)
    throw new CommitUnknown('the connection was lost while the transaction was being committed', { cause: committed.reason })
  }
  if (committed.value.command === 'COMMIT') return { result, afterCommitTasks: tx.afterCommitTasks }
  return { failure: 'final', error: new Error(`the server answered ${committed.value.command} to COMMIT`) }
}

function failedBy(error: unknown): Failed {
  return { failure: classify(error), error }
}
