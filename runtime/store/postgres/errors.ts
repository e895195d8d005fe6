import { DatabaseError } from 'pg'
import { ConstraintViolated } from '../port.ts'

/** What an error of a transaction means for doing it again. */
export type Failure =
  /** Lost a race: another transaction was faster. Nothing was written, and the next try sees what it did. */
  | 'lost_race'
  /** The connection broke. */
  | 'disconnected'
  /** The same again would fail the same. */
  | 'final'

const serializationFailure = '40001'
const deadlockDetected = '40P01'
const uniqueViolation = '23505'
/** Shutting down, crashing, or killed by an operator: class 57P. */
const operatorIntervention = '57P'
/** The server did not hear of us for too long within a transaction, and ended the session. */
const idleInTransaction = '25P03'
const tooManyConnections = '53300'
const connectionException = '08'
const characterNotInRepertoire = '22021'
/** Of the server, which no waiting widens: a key too long for its index, a row too wide. */
const limitExceeded = '54'

/** Whether the server itself said so: then the statement, and all after it in its transaction, did not happen. */
export function isAnswered(error: unknown): boolean {
  return error instanceof DatabaseError
}

export function classify(error: unknown): Failure {
  if (!(error instanceof DatabaseError)) return isConnectionError(error) ? 'disconnected' : 'final'
  const { code = '' } = error
  if (code === serializationFailure || code === deadlockDetected || code === uniqueViolation) return 'lost_race'
  const isDisconnected = code.startsWith(operatorIntervention) || code.startsWith(connectionException) || [tooManyConnections, idleInTransaction].includes(code)
  return isDisconnected ? 'disconnected' : 'final'
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return (typeof code === 'string' && /^E[A-Z]+$/.test(code)) || /connection|terminated|not queryable|timeout/i.test(error.message)
}

/** Integrity violations (class 23), text that PostgreSQL cannot hold (NUL), and what is beyond its limits (class 54) get the store's own error. */
export function asStoreError(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return error
  const { code = '', constraint } = error
  if (!code.startsWith('23') && !code.startsWith(limitExceeded) && code !== characterNotInRepertoire) return error
  return new ConstraintViolated(constraint ?? error.message, { cause: error })
}
