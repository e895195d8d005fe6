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
