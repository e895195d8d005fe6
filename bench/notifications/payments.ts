import type { ChannelName } from '@suanpan/channels'
import type { Program } from '../programs.ts'
import { callShop, type PreparedShop } from '../shop-setup.ts'
import type { OpenPayment } from './platforms.ts'

/** Orders and payments under way at once while they are made. */
const makers = 32

/** So many orders that nobody has paid yet, half of them over each channel. */
export async function openPayments(program: Program, { tokens, skus }: PreparedShop, count: number): Promise<OpenPayment[]> {
  const made: OpenPayment[] = []
  let next = 0
  async function makeSome(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const token = tokens[index % tokens.length]
      const channel: ChannelName = index % 2 === 0 ? 'alipay' : 'wechat'
      const items = [{ sku: skus[index % skus.length], quantity: 1 }]
      const order = (await callShop(program, 'POST', '/api/orders', token, { items }, { 'idempotency-key': `pay-${process.pid}-${index}-${Date.now()}` })) as {
        readonly orderId: string
      }
      const payment = (await callShop(program, 'POST', `/api/orders/${order.orderId}/payments`, token, { channel })) as OpenPayment
      made.push({ paymentId: payment.paymentId, orderId: order.orderId, channel, amountFen: payment.amountFen })
    }
  }
  await Promise.all(Array.from({ length: makers }, makeSome))
  return made
}

/** Orders looked at for the time of their effects. */
const sampled = 300

interface Timeline {
  readonly order: { readonly state: string }
  readonly entries: readonly { readonly at: number; readonly source: string; readonly what: string }[]
}

export interface Effects {
  /** From the acknowledgement to the last effect: order paid, points granted, log written. ms. */
  readonly delays: readonly number[]
  /** When the last of all had them, epoch ms. */
  readonly endedAt: number
}

/** When each of some payments had all its effects. Rejects if one has none. */
export async function effectsOf(program: Program, { adminToken }: PreparedShop, answeredAt: ReadonlyMap<string, number>): Promise<Effects> {
  const orderIds = [...answeredAt.keys()]
  const step = Math.max(1, Math.floor(orderIds.length / sampled))
  const delays: number[] = []
  let endedAt = 0
  for (let index = 0; index < orderIds.length; index += step) {
    const orderId = orderIds[index] ?? ''
    const { order, entries } = (await callShop(program, 'GET', `/admin/orders/${orderId}/timeline`, adminToken)) as Timeline
    const effects = [
      entries.find(({ source, what }) => source === 'order' && what === 'paid'),
      entries.find(({ source }) => source === 'points'),
      entries.find(({ source, what }) => source === 'log' && what === 'order.paid'),
    ]
    const times = effects.flatMap((entry) => entry?.at ?? [])
    if (order.state !== 'paid' || times.length < effects.length)
      throw new Error(`order ${orderId} is ${order.state} and lacks effects: ${JSON.stringify(entries)}`)
    const at = Math.max(...times)
    endedAt = Math.max(endedAt, at)
    delays.push(Math.max(0, at - (answeredAt.get(orderId) ?? 0)))
  }
  return { delays, endedAt }
}
