import { emptyChain, verifyEntries, type ChainHead, type SealedEntry } from '@suanpan/log/chain'
import type { ShopClient } from './shop-client.ts'

/** What a walk over the whole payment log found, and no more than what that proves. */
export type LogFinding =
  | { readonly ok: true; readonly entries: number; readonly head: ChainHead }
  /** Entry `sequence` does not fit. Those before it fit together, and up to `asKnown` they are as they were when that entry was written down; 0: unknown. */
  | { readonly ok: false; readonly kind: 'chain_broken'; readonly sequence: number; readonly because: string; readonly asKnown: number }
  /** Entry `sequence` is another than the known one. Which entry before it was changed first, nothing tells. */
  | { readonly ok: false; readonly kind: 'written_anew'; readonly sequence: number; readonly because: string }
  /** Entry `sequence` is the first one that is gone. Whether those before it are the old ones, nothing tells. */
  | { readonly ok: false; readonly kind: 'cut_off'; readonly sequence: number; readonly because: string }

interface Page {
  readonly items: readonly SealedEntry[]
  readonly next?: string
}

/**
 * Reads the log page by page and computes every hash anew. `known`: an entry that somebody wrote down earlier and
 * elsewhere; only that shows a log that was cut off at its end, or written anew from the start.
 */
export async function walkLog(shop: ShopClient, token: string, known: ChainHead | undefined, onProgress: (entries: number) => void): Promise<LogFinding> {
  let head: ChainHead = emptyChain
  let asKnown = 0
  for (let cursor = ''; ;) {
    const page = (await shop.get(`/admin/log?limit=1000${cursor}`, { items: 'list' }, token)) as Page
    const verification = verifyEntries(head, page.items)
    const fitting = verification.kind === 'broken' ? verification.sequence - 1 : verification.head.sequence
    const same = page.items.find(({ sequence }) => sequence === known?.sequence && sequence <= fitting)
    // Before what comes after it: a chain that breaks there may have been written anew up to there.
    if (known !== undefined && same !== undefined && same.hash !== known.hash) {
      const because = `entry ${known.sequence} is not the one that was written down: it, or one before it, was changed, and every hash from there on made anew`
      return { ok: false, kind: 'written_anew', sequence: known.sequence, because }
    }
    if (same !== undefined) asKnown = same.sequence
    if (verification.kind === 'broken') return { ok: false, kind: 'chain_broken', sequence: verification.sequence, because: verification.because, asKnown }
    head = verification.head
    onProgress(head.sequence)
    if (page.next === undefined) break
    cursor = `&cursor=${page.next}`
  }
  if (known !== undefined && known.sequence > head.sequence) {
    const because = `the log ends with entry ${head.sequence}, and entry ${known.sequence} was in it once: entries at the end were removed`
    return { ok: false, kind: 'cut_off', sequence: head.sequence + 1, because }
  }
  return { ok: true, entries: head.sequence, head }
}
