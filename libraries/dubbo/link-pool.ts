import type { Link } from './link.ts'
import { addressOf, type ProviderUrl } from './registry/url.ts'

interface Shared<Request, Value> {
  readonly link: Link<Request, Value>
  holders: number
}

/** One connection to each address, however many services are called there. It is closed when its last holder closes it. */
export function shareLinks<Request, Value>(open: (url: ProviderUrl) => Link<Request, Value>): (url: ProviderUrl) => Link<Request, Value> {
  const links = new Map<string, Shared<Request, Value>>()

  function leave(address: string, shared: Shared<Request, Value>): void {
    if (--shared.holders > 0) return
    links.delete(address)
    shared.link.close()
  }

  return (url) => {
    const address = addressOf(url)
    const shared = links.get(address) ?? { link: open(url), holders: 0 }
    shared.holders++
    links.set(address, shared)
    return {
      get state() {
        return shared.link.state
      },
      call: (call) => shared.link.call(call),
      close: () => leave(address, shared),
    }
  }
}
