import type { NewRefund, NewTrade } from '../port.ts'

export const newTrade: NewTrade = {
  paymentId: 'pay_01KB0000000000000000000001',
  product: 'precreate',
  subject: '龙井茶/绿茶 = & "春", 250g 🍵',
  amountFen: 8_888,
  expiresAt: Date.UTC(2026, 10, 26, 12, 30, 0, 999),
  clientIp: '203.0.113.7',
  openId: 'o0000000000000000000000001',
}

export const newRefund: NewRefund = {
  paymentId: newTrade.paymentId,
  refundId: 'ref_01KB0000000000000000000002',
  amountFen: 1_000,
  totalFen: 8_888,
  reason: '少发一件',
}

/** What happened, in a word or two. */
export function said(result: { readonly kind: string; readonly value?: unknown; readonly code?: string }): string {
  if (result.kind === 'rejected') return `rejected ${result.code}`
  return result.kind === 'ok' ? JSON.stringify(result.value) : result.kind
}
