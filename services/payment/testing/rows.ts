import type { PaymentOrderRow, PaymentRow, RefundRow } from '../tables.ts'

/** Rows as they lie in the store, for tests of decisions: an attempt of 100 fen with its link, its order, a refund of 40 fen. */
export function paymentRow(change: Partial<PaymentRow> = {}): PaymentRow {
  return {
    paymentId: 'pay_1',
    orderId: 'ord_1',
    userId: 'user-1',
    channel: 'alipay',
    product: 'page',
    amountFen: 100,
    subject: 'Tea',
    customer: '',
    state: 'pending',
    link: { kind: 'redirect', payUrl: 'pay://1' },
    tradeNo: null,
    paidAt: null,
    refundingFen: 0,
    refundedFen: 0,
    createdAt: 1_000,
    expiresAt: 9_000,
    changedAt: 1_000,
    queryAt: 3_000,
    queries: 0,
    events: [],
    traceparent: '',
    ...change,
  }
}

export function paidRow(change: Partial<PaymentRow> = {}): PaymentRow {
  return paymentRow({ state: 'paid', tradeNo: 'T1', paidAt: 3_000, queryAt: null, ...change })
}

export function orderRow(change: Partial<PaymentOrderRow> = {}): PaymentOrderRow {
  return { orderId: 'ord_1', barred: 0, paymentIds: ['pay_1'], capturedFen: 0, refundedFen: 0, changedAt: 1_000, ...change }
}

export function refundRow(change: Partial<RefundRow> = {}): RefundRow {
  return {
    refundId: 'rf_1',
    channel: 'alipay',
    paymentId: 'pay_1',
    orderId: 'ord_1',
    amountFen: 40,
    reason: 'broken',
    surplus: 0,
    state: 'asked',
    tries: 1,
    askAt: 9_000,
    createdAt: 4_000,
    changedAt: 4_000,
    traceparent: '',
    ...change,
  }
}
