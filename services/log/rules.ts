import { hashOf, type ChainHead, type SealedEntry } from './chain.ts'
import type { Recorded } from './records.ts'

export interface Sealing {
  readonly entries: readonly SealedEntry[]
  readonly head: ChainHead
}

/** Seals what is new, in the order given, onto the head. A message has one entry, ever: in this batch or an earlier one. */
export function sealEntries(head: ChainHead, recorded: readonly Recorded[], isKnown: (messageId: string) => boolean): Sealing {
  const fresh = new Map(recorded.filter(({ messageId }) => !isKnown(messageId)).map((record) => [record.messageId, record]))
  let last = head
  const entries = [...fresh.values()].map((record) => {
    const unsealed = { ...record, sequence: last.sequence + 1, previousHash: last.hash }
    const entry = { ...unsealed, hash: hashOf(unsealed) }
    last = { sequence: entry.sequence, hash: entry.hash }
    return entry
  })
  return { entries, head: last }
}
