import { emptyChain, verifyEntries, type ChainHead, type SealedEntry } from '@suanpan/log/chain'
import type { ShopClient } from './shop-client.ts'

/** What a walk over the whole payment log found. */
export type LogFinding =
  | { readonly ok: true; readonly entries: number; readonly head: ChainHead }
  | { readonly ok: false; readonly entries: number; readonly broken: { readonly sequence: number; readonly because: string } }

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
  for (let cursor = ''; ;) {
    const page = (await shop.get(`/admin/log?limit=1000${cursor}`, token)) as Page
    const verification = verifyEntries(head, page.items)
    if (verification.kind === 'broken') return brokenAt(verification.sequence, verification.because)
    const same = page.items.find(({ sequence }) => sequence === known?.sequence)
    if (known !== undefined && same !== undefined && same.hash !== known.hash) {
      return brokenAt(known.sequence, `entry ${known.sequence} is not the one that was written down: it, or one before it, was written anew`)
    }
    head = verification.head
    onProgress(head.sequence)
    if (page.next === undefined) break
    cursor = `&cursor=${page.next}`
  }
  if (known !== undefined && known.sequence > head.sequence) {
    return brokenAt(head.sequence + 1, `the log ends with entry ${head.sequence}, and entry ${known.sequence} was in it once: entries at the end were removed`)
  }
  return { ok: true, entries: head.sequence, head }
}

function brokenAt(sequence: number, because: string): LogFinding {
  return { ok: false, entries: sequence - 1, broken: { sequence, because } }
}
