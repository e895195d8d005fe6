/**
 * The hash chain of the payment log: pure, so that whoever is handed the entries can check them without the shop.
 *
 * An entry's hash is SHA-256 over these bytes, in this order:
 *
 *     15 bytes  the ASCII text "suanpan.log.v1" and a line feed
 *     32 bytes  the hash of the entry before; 32 zeros before the first
 *      8 bytes  sequence, unsigned, big-endian
 *      8 bytes  at, unsigned, big-endian, epoch milliseconds
 *     then for each of topic, message id, order id, detail:
 *      4 bytes  its length in bytes, unsigned, big-endian
 *      n bytes  the text as UTF-8
 *
 * Lengths are part of it: no two different entries are the same bytes.
 */
import { hash } from 'node:crypto'

/** What is sealed. */
export interface UnsealedEntry {
  /** 1, 2, 3, … */
  readonly sequence: number
  /** Epoch ms. */
  readonly at: number
  readonly topic: string
  readonly messageId: string
  readonly orderId: string
  /** Canonical JSON: what the message said. */
  readonly detail: string
  /** 64 hex digits. */
  readonly previousHash: string
}

export interface SealedEntry extends UnsealedEntry {
  readonly hash: string
}

/** How far a chain has come. */
export interface ChainHead {
  readonly sequence: number
  readonly hash: string
}

export const emptyChain: ChainHead = { sequence: 0, hash: '0'.repeat(64) }

const layoutName = Buffer.from('suanpan.log.v1\n', 'ascii')

/** The hash that seals this entry, as 64 hex digits. */
export function hashOf({ sequence, at, topic, messageId, orderId, detail, previousHash }: UnsealedEntry): string {
  const numbers = Buffer.alloc(16)
  numbers.writeBigUInt64BE(BigInt(sequence), 0)
  numbers.writeBigUInt64BE(BigInt(at), 8)
  const texts = [topic, messageId, orderId, detail].flatMap((text) => {
    const bytes = Buffer.from(text, 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return hash('sha256', Buffer.concat([layoutName, Buffer.from(previousHash, 'hex'), numbers, ...texts]), 'hex')
}

export type Verification =
  | { readonly kind: 'unbroken'; readonly head: ChainHead }
  /** `sequence`: of the first entry that does not fit, or is not there. */
  | { readonly kind: 'broken'; readonly sequence: number; readonly because: string }

/**
 * Whether these entries, in order, go on from this head. Page by page: each page goes on from the head of the one before.
 */
export function verifyEntries(after: ChainHead, entries: readonly SealedEntry[]): Verification {
  let head = after
  for (const entry of entries) {
    const because = faultOf(entry, head)
    if (because !== undefined) return { kind: 'broken', sequence: head.sequence + 1, because }
    head = { sequence: entry.sequence, hash: entry.hash }
  }
  return { kind: 'unbroken', head }
}

function faultOf(entry: SealedEntry, { sequence, hash: hashBefore }: ChainHead): string | undefined {
  const expected = sequence + 1
  if (entry.sequence !== expected) return `entry ${expected} is missing: entry ${entry.sequence} stands in its place`
  if (entry.previousHash !== hashBefore) return `entry ${expected} was not written after entry ${sequence} as it is now: one of the two was exchanged`
  // Written into a hash, a negative time would be an error of its own.
  if (!(entry.at >= 0) || hashOf(entry) !== entry.hash) return `entry ${expected} was changed: its hash is not that of what it says`
  return undefined
}
