import type { Clock } from '@suanpan/runtime/time'
import type { Candidate } from './balancing/balancers.ts'
import { weightOf } from './balancing/weights.ts'
import type { Link, LinkState, OutgoingCall } from './link.ts'
import type { Reply } from './call.ts'
import { addressOf, type ProviderUrl } from './registry/url.ts'

/** A provider that is known, and the way to it. */
export interface Provider<Request, Value> extends Candidate {
  readonly url: ProviderUrl
  call(call: OutgoingCall<Request>): Promise<Reply<Value>>
}

/** Who provides a service now. */
export interface Directory<Request, Value> {
  /** Replaces the list; connections to those that stay are kept. Nothing after `close`: a list may have been under way. */
  update(urls: readonly ProviderUrl[]): void
  /** Those that are connected; for want of them those that may soon be, and then those that are down. */
  usable(): readonly Provider<Request, Value>[]
  readonly size: number
  close(): void
}

interface Entry<Request, Value> {
  url: ProviderUrl
  readonly link: Link<Request, Value>
  active: number
}

/** Who cannot be reached must not hold up calls that somebody else would answer at once. */
const ranks: { readonly [State in LinkState]: number } = { ready: 3, connecting: 2, down: 1, leaving: 0 }

export function createDirectory<Request, Value>(clock: Clock, open: (url: ProviderUrl) => Link<Request, Value>): Directory<Request, Value> {
  const entries = new Map<string, Entry<Request, Value>>()
  let isClosed = false

  function providerOf(address: string, entry: Entry<Request, Value>, now: number): Provider<Request, Value> {
    return {
      address,
      url: entry.url,
      weight: weightOf(entry.url, now),
      active: entry.active,
      call: async (call) => {
        entry.active++
        try {
          return await entry.link.call(call)
        } finally {
          entry.active--
        }
      },
    }
  }

  return {
    update: (urls) => {
      if (isClosed) return
      const listed = new Map(urls.map((url) => [addressOf(url), url]))
      for (const [address, { link }] of entries) {
        if (listed.has(address)) continue
        link.close()
        entries.delete(address)
      }
      for (const [address, url] of listed) {
        const known = entries.get(address)
        if (known === undefined) entries.set(address, { url, link: open(url), active: 0 })
        else known.url = url
      }
    },
    usable: () => {
      const now = clock.now()
      const rated = [...entries].map(([address, entry]) => ({ address, entry, rank: ranks[entry.link.state] }))
      const best = Math.max(ranks.down, ...rated.map(({ rank }) => rank))
      return rated.filter(({ rank }) => rank === best).map(({ address, entry }) => providerOf(address, entry, now))
    },
    get size() {
      return entries.size
    },
    close: () => {
      isClosed = true
      for (const { link } of entries.values()) link.close()
      entries.clear()
    },
  }
}
