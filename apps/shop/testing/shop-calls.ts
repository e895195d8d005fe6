import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from '@suanpan/load'

/** An order as the API answers it; only what the tests look at. */
export interface OrderAnswer {
  readonly orderId: string
  readonly state: string
  readonly cancelReason?: string
  readonly userId: string
  readonly balanceFen: number
  readonly payableFen: number
  readonly refundedFen?: number
}

export interface ShopCalls {
  /** As an operator. Throws for anything but a 2xx answer. */
  call(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<unknown>
  /** Likewise, as a customer. */
  callAs(userId: string, method: string, path: string): Promise<unknown>
  tokenOf(userId: string): Promise<string>
  /** Every order of the shop by its id. */
  allOrders(): Promise<ReadonlyMap<string, OrderAnswer>>
}

const againAfterMs = 500

interface Page {
  readonly items: readonly OrderAnswer[]
  readonly next?: string
}

/** A refund, likewise. */
export interface RefundAnswer {
  readonly refundId: string
  readonly orderId: string
  readonly state: 'processing' | 'done' | 'failed'
  readonly amountFen: number
  readonly platformFen: number
  readonly balanceFen: number
}

/** An answer that is none of 2xx. */
export class Refused extends Error {
  readonly status: number

  constructor(call: string, status: number, said: string) {
    super(`${call} answered ${status}: ${said}`)
    this.status = status
  }
}

/** Throws `Refused` for anything but a 2xx answer. */
export async function fetchJson(url: string, method: string, headers: Readonly<Record<string, string>>, body?: object): Promise<unknown> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers: { ...headers, ...type }, ...content })
  if (!response.ok) throw new Refused(`${method} ${url}`, response.status, await response.text())
  return response.json()
}

/** The API with an operator's token. For so long it asks again whoever answers that the outcome is not known yet. */
export async function callShop({ host, port }: Target, patienceMs = 0): Promise<ShopCalls> {
  const origin = `http://${host}:${port}`

  async function ask(path: string, method: string, headers: Readonly<Record<string, string>>, body?: object): Promise<unknown> {
    for (const until = Date.now() + patienceMs; ; await sleep(againAfterMs)) {
      try {
        return await fetchJson(`${origin}${path}`, method, headers, body)
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 503 || Date.now() >= until) throw error
      }
    }
  }

  const signIn = async (who: object) => ((await ask('/api/demo/sign-in', 'POST', {}, who)) as { token: string }).token
  const headers = { authorization: `Bearer ${await signIn({ role: 'admin' })}` }
  const call = (method: string, path: string, body?: object, more = {}) => ask(path, method, { ...headers, ...more }, body)
  return {
    call,
    callAs: async (userId, method, path) => ask(path, method, { authorization: `Bearer ${await signIn({ userId })}` }),
    tokenOf: (userId) => signIn({ userId }),
    async allOrders() {
      const orders = new Map<string, OrderAnswer>()
      for (let cursor = ''; ;) {
        const page = (await call('GET', `/admin/orders?limit=1000${cursor}`)) as Page
        for (const order of page.items) orders.set(order.orderId, order)
        if (page.next === undefined) return orders
        cursor = `&cursor=${page.next}`
      }
    },
  }
}
