import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { startSandbox } from '@suanpan/sandbox'
import { startLiveShop, type Answer, type LiveShop } from './live-shop.ts'
import { callPlatforms, type Platforms, type SandboxDelivery, type SandboxTrade } from './platforms.ts'
import type { OrderAnswer, RefundAnswer } from './shop-calls.ts'

/** A real shop and a real sandbox, on loopback. */
export interface PayingShop extends LiveShop {
  readonly platforms: Platforms
  /** A customer whom no other test knows; every one has a coupon `coupon-<userId>` of 10 yuan. */
  newCustomer(balanceFen?: number): Promise<Customer>
  refund(orderId: string, key: string, amountFen?: number): Promise<Answer>
  refunds(orderId: string): Promise<readonly RefundAnswer[]>
  trade(paymentId: string): Promise<SandboxTrade | undefined>
  /** What the log has of an order: each topic as often as it is there, in order of the alphabet. */
  logged(orderId: string): Promise<readonly string[]>
  /** How often notifications came to this end. */
  counted(channel: string, result: string): Promise<number>
  /** What `/metrics` has under this name, the most of it where several processes tell. NaN: nothing. */
  measured(name: string): Promise<number>
}

export interface Customer {
  readonly userId: string
  readonly token: string
  /** Places an order of one tin of tea at 88 yuan. Throws unless it is placed. */
  order(body?: object): Promise<OrderAnswer>
  /** Asks for a payment, however that ends. */
  pay(orderId: string, body: object): Promise<Answer>
  /** Begins a payment. Throws unless that succeeds. */
  begin(orderId: string, channel: string, product?: string): Promise<PaymentAnswer>
  payment(paymentId: string): Promise<PaymentAnswer>
  read(orderId: string): Promise<OrderAnswer>
  me(): Promise<{ readonly balanceFen: number; readonly points: number; readonly coupons: readonly { readonly state: string }[] }>
  cancel(orderId: string): Promise<Answer>
}

export interface PaymentAnswer {
  readonly paymentId: string
  readonly orderId: string
  readonly state: string
  readonly amountFen: number
  readonly payUrl?: string
  readonly codeUrl?: string
  readonly bridge?: { readonly package: string }
  readonly refundedFen?: number
}

/** What the sandbox scans or opens. */
export function codeOf({ payUrl, codeUrl, bridge }: PaymentAnswer): object {
  if (bridge !== undefined) return { prepayId: bridge.package.replace('prepay_id=', '') }
  return payUrl === undefined ? { codeUrl } : { payUrl }
}

const sku = 'test-tea'
export const priceFen = 8_800
/** Long for a busy machine; what has to happen takes a blink. */
const withinMs = 20_000
/** Long enough for a busy machine, short enough to wait for. */
const platformTimeoutMs = 2_000

/** Looks until it is as expected; then whatever is different is told. What takes longer is looked at less often. */
export async function until<Found>(look: () => Promise<Found>, expected: Found): Promise<void> {
  const begunAt = Date.now()
  for (;;) {
    const found = await look()
    try {
      assert.deepEqual(found, expected)
      return
    } catch (error) {
      if (Date.now() > begunAt + withinMs) throw error
    }
    await sleep(Math.min(200, 20 + (Date.now() - begunAt) / 10))
  }
}

/** The only one of these; refuses none and several. */
export function only<Item>(items: readonly Item[]): Item {
  const [item, ...others] = items
  assert.ok(item !== undefined && others.length === 0, `${items.length} instead of one`)
  return item
}

/** Starts a shop with these settings. */
export type StartPayingShop = (environment?: Readonly<Record<string, string>>) => Promise<PayingShop>

export async function startPayingShop(environment: Readonly<Record<string, string>> = {}): Promise<PayingShop> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-paying-'))
  const sandbox = await startSandbox({ port: 0, folder, logLevel: 'error' })
  const options = { timeoutMs: platformTimeoutMs, certificates: false }
  const accounts = (publicUrl: string) => readSandboxCredentials(join(folder, 'credentials.json'), { ...options, publicUrl, now: Date.now() })
  const shop = await startLiveShop(environment, accounts)
  const stop = async (): Promise<void> => {
    await shop.stop()
    await sandbox.stop()
    rmSync(folder, { recursive: true })
  }
  return attachPayingShop({ ...shop, stop }, { sandboxUrl: sandbox.url, paymentSystemUrl: shop.url })
}

/** What customers of several tests may be called, on a shop that lives longer than one. */
let shops = 0

export interface PlacesToPay {
  readonly sandboxUrl: string
  /** Where the platforms' notifications arrive. */
  readonly paymentSystemUrl: string
}

/** A shop that runs, paid at a sandbox that runs. */
export async function attachPayingShop(shop: LiveShop, { sandboxUrl, paymentSystemUrl }: PlacesToPay): Promise<PayingShop> {
  const { call } = shop
  const admin = { token: shop.adminToken }
  await call('POST', '/admin/products', { ...admin, body: { items: [{ sku, title: '龙井茶 Longjing', priceFen, stock: 1_000_000 }] } })
  const platforms = callPlatforms({ url: sandboxUrl })
  const shopNumber = ++shops
  let customers = 0

  async function read<Body>(path: string, token: string): Promise<Body> {
    const answer = await call('GET', path, { token })
    assert.equal(answer.status, 200, answer.text)
    return answer.body as Body
  }

  async function newCustomer(balanceFen = 0): Promise<Customer> {
    const userId = `customer-${shopNumber}-${++customers}`
    let orders = 0
    await call('POST', '/admin/users', { ...admin, body: { items: [{ userId, balanceFen }] } })
    await call('POST', '/admin/coupons', { ...admin, body: { items: [{ couponId: `coupon-${userId}`, userId, discountFen: 1_000 }] } })
    const token = await shop.tokenOf(userId)
    const pay = (orderId: string, body: object) => call('POST', `/api/orders/${orderId}/payments`, { token, body })
    return {
      userId,
      token,
      pay,
      order: async (body = {}) => {
        const placed = { items: [{ sku, quantity: 1 }], ...body }
        const answer = await call('POST', '/api/orders', { token, body: placed, headers: { 'idempotency-key': `${userId}-${++orders}` } })
        assert.equal(answer.status, 201, answer.text)
        return answer.body as unknown as OrderAnswer
      },
      begin: async (orderId, channel, product) => {
        const answer = await pay(orderId, {
          channel,
          ...(product === undefined ? {} : { product }),
          ...(product === 'jsapi' ? { openId: `open-${userId}` } : {}),
        })
        assert.equal(answer.status, 201, answer.text)
        return answer.body as unknown as PaymentAnswer
      },
      payment: (paymentId) => read(`/api/payments/${paymentId}`, token),
      read: (orderId) => read(`/api/orders/${orderId}`, token),
      me: () => read('/api/me', token),
      cancel: (orderId) => call('POST', `/api/orders/${orderId}/cancel`, { token }),
    }
  }

  return {
    ...shop,
    platforms,
    newCustomer,
    refund: (orderId, key, amountFen) => {
      const body = { reason: 'test', ...(amountFen === undefined ? {} : { amountFen }) }
      return call('POST', `/admin/orders/${orderId}/refunds`, { ...admin, body, headers: { 'idempotency-key': key } })
    },
    refunds: async (orderId) => (await read<{ items: readonly RefundAnswer[] }>(`/admin/orders/${orderId}/refunds`, admin.token)).items,
    trade: async (paymentId) => (await platforms.trades()).find(({ outTradeNo }) => outTradeNo === paymentId),
    logged: async (orderId) =>
      (await read<{ items: readonly { topic: string }[] }>(`/admin/log?orderId=${orderId}`, admin.token)).items.map(({ topic }) => topic).toSorted(),
    counted: async (channel, result) => {
      const text = await (await fetch(`${paymentSystemUrl}/metrics`)).text()
      const line = new RegExp(`suanpan_notifications_total\\{[^}]*channel="${channel}"[^}]*result="${result}"[^}]*\\} (\\d+)`).exec(text)
      return Number(line?.[1] ?? 0)
    },
    measured: async (name) => {
      const { text } = await call('GET', '/metrics')
      return Math.max(...[...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'gm'))].map(([, value]) => Number(value)))
    },
  }
}

/** A notification as it ended: its tries' answers, exactly. */
export function answersTo({ tries }: SandboxDelivery): readonly string[] {
  return tries.map(({ answer }) => `${answer.status ?? ''} ${answer.body ?? ''}`.trim())
}
