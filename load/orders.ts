import type { Target } from './connection.ts'

/** What a stream of orders looks like. */
export interface OrderMix {
  readonly target: Target
  /** Bearer tokens of the customers, who order in turn. */
  readonly tokens: readonly string[]
  /** The first is the hot one. */
  readonly skus: readonly string[]
  /** Lines of an order, of different SKUs, one unit each. */
  readonly linesPerOrder: number
  /** Share of the orders, 0 to 1, whose first line is the hot SKU; the others choose evenly among all. */
  readonly hotShare: number
  /** Share of the orders, 0 to 1, that ask for `202` and are worked off from the queue. */
  readonly asyncShare: number
  /** Makes the idempotency keys of one run differ from those of every other. */
  readonly keyPrefix: string
  random(): number
}

export interface OrderRequests {
  /** The n-th order as a whole HTTP/1.1 request, for `LoadPlan.requestOf`. */
  requestOf(index: number): string
}

/** What never changes about a request is put together once: an order costs a few string joins. */
export function createOrderRequests(mix: OrderMix): OrderRequests {
  const { target, tokens, skus, linesPerOrder, hotShare, asyncShare, keyPrefix, random } = mix
  if (linesPerOrder > skus.length) throw new RangeError(`${linesPerOrder} different lines need as many SKUs, not ${skus.length}`)
  const host = target.host.includes(':') ? `[${target.host}]` : target.host
  const heads = tokens.map(
    (token) => `POST /api/orders HTTP/1.1\r\nHost: ${host}:${target.port}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`,
  )
  const lines = skus.map((sku) => JSON.stringify({ sku, quantity: 1 }))
  const maxStride = Math.floor(skus.length / linesPerOrder)

  /** Different SKUs without remembering which: equal steps from a random place never meet within one round. */
  function itemsOfOne(): string {
    const first = random() < hotShare ? 0 : Math.floor(random() * lines.length)
    const stride = 1 + Math.floor(random() * maxStride)
    let items = lines[first] ?? ''
    for (let line = 1; line < linesPerOrder; line++) items += `,${lines[(first + line * stride) % lines.length] ?? ''}`
    return items
  }

  return {
    requestOf(index) {
      const body = `{"items":[${itemsOfOne()}],"useBalanceFen":"max"}`
      const prefer = asyncShare > 0 && random() < asyncShare ? 'Prefer: respond-async\r\n' : ''
      const head = heads[index % heads.length] ?? ''
      return `${head}${prefer}Idempotency-Key: ${keyPrefix}-${index}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    },
  }
}
