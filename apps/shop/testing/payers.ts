import type { Target } from '@suanpan/load'
import type { Platforms } from './platforms.ts'
import { fetchJson, type OrderAnswer, type RefundAnswer, type ShopCalls } from './shop-calls.ts'

/** Customers who order and pay, several at once, until the shop dies under them. */

const payerCount = 10
const skuCount = 20
const payerId = (index: number) => `payer-${index % payerCount}`
const sku = (index: number) => `pay-sku-${index % skuCount}`

/** How an order is paid; every fifth is paid twice, over both platforms. */
const ways = [
  [{ channel: 'alipay', product: 'precreate' }],
  [{ channel: 'wechat', product: 'native' }],
  [{ channel: 'alipay', product: 'page' }],
  [{ channel: 'wechat', product: 'h5' }],
  [
    { channel: 'wechat', product: 'native' },
    { channel: 'alipay', product: 'wap' },
  ],
] as const

/** A payment that was begun: `code` is what the sandbox scans or opens. */
export interface BegunPayment {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly code: { readonly payUrl: string } | { readonly codeUrl: string }
}

/** So many at once: the next begins when one is over. */
async function severalAtOnce<Item>(items: readonly Item[], atOnce: number, work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const one = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

export async function importPayers({ call }: ShopCalls): Promise<void> {
  const items = Array.from({ length: skuCount }, (_, index) => ({ sku: sku(index), title: '茶 Tea', priceFen: 1_000 + index, stock: 100_000 }))
  await call('POST', '/admin/products', { items })
  await call('POST', '/admin/users', { items: Array.from({ length: payerCount }, (_, index) => ({ userId: payerId(index), balanceFen: 1_000_000 })) })
}

/** Places the order of a number and begins to pay it: in part by balance, over both platforms. Again, it is the same order and payments. */
export type BeginToPay = (number: number) => Promise<readonly BegunPayment[]>

export async function openPayers({ host, port }: Target, shop: ShopCalls): Promise<BeginToPay> {
  const origin = `http://${host}:${port}`
  const tokens = new Map(
    await Promise.all(Array.from({ length: payerCount }, async (_, index) => [payerId(index), await shop.tokenOf(payerId(index))] as const)),
  )
  return async (number) => {
    const userId = payerId(number)
    const headers = { authorization: `Bearer ${tokens.get(userId) ?? ''}`, 'idempotency-key': `pay-${number}` }
    const body = {
      items: [
        { sku: sku(number), quantity: 1 },
        { sku: sku(number + 1), quantity: 2 },
      ],
      useBalanceFen: number % 3 === 0 ? 555 : 0,
    }
    const { orderId } = (await fetchJson(`${origin}/api/orders`, 'POST', headers, body)) as OrderAnswer
    const begun: BegunPayment[] = []
    for (const way of ways[number % ways.length] ?? []) {
      const payment = (await fetchJson(`${origin}/api/orders/${orderId}/payments`, 'POST', headers, way)) as {
        readonly paymentId: string
        readonly payUrl?: string
        readonly codeUrl?: string
      }
      const { paymentId, payUrl, codeUrl = '' } = payment
      begun.push({ paymentId, orderId, userId, code: payUrl === undefined ? { codeUrl } : { payUrl } })
    }
    return begun
  }
}

export async function beginPayments(target: Target, shop: ShopCalls, numbers: readonly number[]): Promise<readonly BegunPayment[]> {
  const begin = await openPayers(target, shop)
  const begun: BegunPayment[] = []
  await severalAtOnce(numbers, 8, async (number) => void begun.push(...(await begin(number))))
  return begun
}

/** Pays at the sandbox until told to stop. */
export async function payAll(sandbox: Platforms, payments: readonly BegunPayment[], isOver: () => boolean): Promise<void> {
  await severalAtOnce(payments, 6, async ({ code }) => {
    if (!isOver()) await sandbox.call('POST', '/sandbox/pay', code)
  })
}

/** Refunds these orders, a third of them in full, until the shop does not answer any more. Counts what was promised. */
export async function refundAll(shop: ShopCalls, orderIds: readonly string[], onPromised: (refund: RefundAnswer) => void): Promise<void> {
  await severalAtOnce(orderIds, 3, async (orderId) => {
    const refund = await askForRefund(shop, orderId).catch(() => undefined)
    if (refund !== undefined) onPromised(refund)
  })
}

/** The same order always asks for the same, under the same key. */
export async function askForRefund({ call }: ShopCalls, orderId: string): Promise<RefundAnswer> {
  const isFull = Number.parseInt(orderId.slice(-2), 36) % 3 === 0
  const body = { reason: 'crash test', ...(isFull ? {} : { amountFen: 777 }) }
  return (await call('POST', `/admin/orders/${orderId}/refunds`, body, { 'idempotency-key': `back-${orderId}` })) as RefundAnswer
}
