import type { CheckBooksResponse, Violation } from '@suanpan/contracts/audit'
import type { ListEntriesRequest, ListEntriesResponse, LogEntry } from '@suanpan/contracts/log'
import { messageIdsAbout } from '@suanpan/runtime/bus'
import { createFindings } from '@suanpan/runtime/findings'
import { readOne, visitPages, type Reader } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { emptyChain, verifyEntries, type Verification } from './chain.ts'
import { entries, entryIdOf, headId, heads, sequenceOf, type EntryRow } from './tables.ts'

/** The chain is unbroken from the first entry to the head. What comes behind a break is not looked at: nothing seals it. */
export async function checkBooks(read: Reader, clock: Clock): Promise<CheckBooksResponse> {
  const findings = createFindings<Violation>()
  let state: Verification = { kind: 'unbroken', head: emptyChain }
  await visitPages(read, entries, clock, (rows) => {
    findings.examined('log.chain', rows.length)
    if (state.kind === 'unbroken') state = verifyEntries(state.head, rows.map(toEntry))
  })
  const head = await readOne(read, heads, headId)
  for (const detail of faultsOf(state, head)) findings.violation({ check: 'log.chain', orderId: '', detail })
  return findings.report()
}

function faultsOf(state: Verification, head: { readonly sequence: number; readonly hash: string } | undefined): string[] {
  if (state.kind === 'broken') return [state.because]
  if (head === undefined) return ['the head row is missing']
  const { sequence, hash } = state.head
  if (head.sequence === sequence && head.hash === hash) return []
  return [`the head says that entry ${head.sequence} is the last, the entries end with ${sequence}: entries at the end were removed or added`]
}

const pages = 'SELECT * FROM log_entry WHERE entry_id > $1 ORDER BY entry_id LIMIT $2'
const pagesOfOrder = 'SELECT * FROM log_entry WHERE message_id >= $3 AND message_id < $4 AND entry_id > $1 ORDER BY entry_id LIMIT $2'

export async function listEntries(read: Reader, { afterSequence, limit, orderId }: ListEntriesRequest): Promise<ListEntriesResponse> {
  const page = [entryIdOf(afterSequence), limit]
  const rows = await (orderId === undefined ? read.query(pages, page) : read.query(pagesOfOrder, [...page, ...messageIdsAbout(orderId)]))
  return { entries: rows.map((row) => toEntry(entries.fromSql(row))) }
}

function toEntry({ entryId, ...entry }: EntryRow): LogEntry {
  return { ...entry, sequence: sequenceOf(entryId) }
}
