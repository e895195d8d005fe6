import { defineTable, type SqlRow } from '../store/index.ts'
import type { DeliveredMessage, OutgoingMessage } from './port.ts'

/** How far a group has come in a topic. */
export interface CursorRow {
  readonly cursorId: string
  readonly transactionId: number
  readonly sequence: number
  readonly owner: string
  /** Epoch ms. */
  readonly leaseUntil: number
  readonly epoch: number
}

export const cursors = defineTable<CursorRow>({
  name: 'bus_cursor',
  key: 'cursorId',
  columns: { cursorId: 'text', transactionId: 'integer', sequence: 'integer', owner: 'text', leaseUntil: 'integer', epoch: 'integer' },
})

export interface RetryRow {
  readonly retryId: string
  readonly cursorId: string
  readonly messageId: string
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly because: string
}

export const retries = defineTable<RetryRow>({
  name: 'bus_retry',
  key: 'retryId',
  columns: { retryId: 'text', cursorId: 'text', messageId: 'text', attempts: 'integer', nextAttemptAt: 'integer', because: 'text' },
})

export interface DeadRow {
  readonly deadId: string
  readonly cursorId: string
  readonly messageId: string
  readonly topic: string
  readonly key: string
  readonly groupName: string
  readonly attempts: number
  readonly because: string
  readonly diedAt: number
}

export const dead = defineTable<DeadRow>({
  name: 'bus_dead',
  key: 'deadId',
  columns: {
    deadId: 'text',
    cursorId: 'text',
    messageId: 'text',
    topic: 'text',
    key: 'text',
    groupName: 'text',
    attempts: 'integer',
    because: 'text',
    diedAt: 'integer',
  },
})

/** A message as it stands in a table: of any engine, beside what that keeps of it. */
export interface MessageRow {
  readonly messageId: string
  readonly topic: string
  readonly key: string
  readonly body: Uint8Array
  readonly at: number
  readonly notBeforeAt: number
  readonly traceparent: string
}

export const messageColumns = {
  messageId: 'text',
  topic: 'text',
  key: 'text',
  body: 'bytes',
  at: 'integer',
  notBeforeAt: 'integer',
  traceparent: 'text',
} as const

export function messageRowOf({ id, topic, key, body, at, notBeforeAt = 0, traceparent }: OutgoingMessage): MessageRow {
  return { messageId: id, topic, key, body, at, notBeforeAt, traceparent }
}

/** Their place in the order of messages comes from the store. */
export const publishedMessages = defineTable<MessageRow>({ name: 'bus_message', key: 'messageId', columns: messageColumns })

/** Where the ids of messages about a key lie: they begin with it and a colon; a semicolon is the character after it. */
export const messageIdsAbout = (key: string): readonly [first: string, beyond: string] => [`${key}:`, `${key};`]

/** Groups and topics are named by programs: neither has a `~`. */
export function cursorIdOf(group: string, topic: string): string {
  return `${group}~${topic}`
}

/** Also the id of a dead letter: it goes into paths. */
export function retryIdOf(cursorId: string, messageId: string): string {
  return `${cursorId}~${messageId}`
}

/** A message as it stands in its table, with its place. */
export interface StoredMessage {
  readonly transactionId: number
  readonly sequence: number
  readonly message: Omit<DeliveredMessage, 'attempt'> & { readonly notBeforeAt: number }
}

export function storedMessage(row: SqlRow): StoredMessage {
  return {
    transactionId: row['transaction_id'] as number,
    sequence: row['sequence'] as number,
    message: {
      id: row['message_id'] as string,
      topic: row['topic'] as string,
      key: row['key'] as string,
      body: row['body'] as Uint8Array,
      at: row['at'] as number,
      notBeforeAt: row['not_before_at'] as number,
      traceparent: row['traceparent'] as string,
    },
  }
}
