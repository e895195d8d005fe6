import { messageColumns, type MessageRow, type OutgoingMessage } from '@suanpan/runtime/bus'
import { defineTable } from '@suanpan/runtime/store'

/** The fate of a half message. */
export interface HalfRow {
  readonly halfId: string
  readonly state: 'committed' | 'barred'
  readonly topic: string
  /** How many of ours it carries. */
  readonly messages: number
  readonly decidedAt: number
  readonly toldAt: number | null
}

export const halves = defineTable<HalfRow>({
  name: 'message_tx',
  key: 'halfId',
  columns: { halfId: 'text', state: 'text', topic: 'text', messages: 'integer', decidedAt: 'integer', toldAt: 'integer?' },
})

/** A message as it was published. */
export interface SentRow extends MessageRow {
  readonly sentAt: number
}

export const sent = defineTable<SentRow>({
  name: 'message_sent',
  key: 'messageId',
  columns: { ...messageColumns, sentAt: 'integer' },
})

export interface OutboxRow extends MessageRow {
  readonly nextAttemptAt: number
}

export const outbox = defineTable<OutboxRow>({
  name: 'message_outbox',
  key: 'messageId',
  columns: { ...messageColumns, nextAttemptAt: 'integer' },
  fixed: ['topic', 'key', 'body', 'at', 'notBeforeAt', 'traceparent'],
})

export interface DeliveryRow extends MessageRow {
  readonly deliveryId: string
  /** Its group and topic. */
  readonly queueId: string
  readonly groupName: string
  /** `waiting`: published here and not come yet; `retrying`: to be handed out at `nextAttemptAt`. */
  readonly state: 'waiting' | 'retrying' | 'handled' | 'dead'
  readonly attempts: number
  readonly nextAttemptAt: number
  readonly because: string
  readonly changedAt: number
}

export const deliveries = defineTable<DeliveryRow>({
  name: 'message_delivery',
  key: 'deliveryId',
  columns: {
    ...messageColumns,
    deliveryId: 'text',
    queueId: 'text',
    groupName: 'text',
    state: 'text',
    attempts: 'integer',
    nextAttemptAt: 'integer',
    because: 'text',
    changedAt: 'integer',
  },
  fixed: ['queueId', 'messageId', 'groupName', 'topic', 'key', 'at', 'notBeforeAt', 'traceparent'],
})

export const messageOf = ({ messageId, topic, key, body, at, notBeforeAt, traceparent }: MessageRow): OutgoingMessage => ({
  id: messageId,
  topic,
  key,
  body,
  at,
  notBeforeAt,
  traceparent,
})
