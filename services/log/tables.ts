import { defineTable, type TableDefinition } from '@suanpan/runtime/store'

export interface EntryRow {
  /** The sequence, padded to sixteen digits. */
  readonly entryId: string
  readonly messageId: string
  readonly at: number
  readonly topic: string
  readonly orderId: string
  readonly detail: string
  readonly previousHash: string
  readonly hash: string
}

const definition: TableDefinition<EntryRow> = {
  name: 'log_entry',
  key: 'entryId',
  columns: { entryId: 'text', messageId: 'text', at: 'integer', topic: 'text', orderId: 'text', detail: 'text', previousHash: 'text', hash: 'text' },
}

export const entries = defineTable<EntryRow>(definition)

/** The same rows, looked up by the message that each of them is about. */
export const entriesByMessage = defineTable<EntryRow>({ ...definition, key: 'messageId' })

export interface HeadRow {
  readonly logId: string
  readonly sequence: number
  readonly hash: string
}

export const heads = defineTable<HeadRow>({
  name: 'log_head',
  key: 'logId',
  columns: { logId: 'text', sequence: 'integer', hash: 'text' },
})

/** There is one log. */
export const headId = 'payment'

export function entryIdOf(sequence: number): string {
  return String(sequence).padStart(16, '0')
}

/** 0 for a key that no entry was ever written under. */
export function sequenceOf(entryId: string): number {
  const sequence = Number(entryId)
  return entryIdOf(sequence) === entryId ? sequence : 0
}
