import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideRefund, decideSettle, planRefund, type Parts, type RefundRequest, type Settlement } from './refund-rules.ts'
import { decideOpen } from './rules.ts'
import type { OrderState, RefundState } from './states.ts'
import type { OrderRow, RefundRow } from './tables.ts'

/** An order of 10 yuan: 7 were paid over a platform, 3 from the balance. */
function orderIn(state: OrderState, change: Partial<OrderRow> = {}): OrderRow {
  const decision = decideOpen(undefined, {
    orderId: 'ord_1',
    userId: 'user-1',
    idempotencyId: 'user-1\nkey',
    requestDigest: '',
    items: [{ sku: 'TEA', title: 'Tea', quantity: 1, unitPriceFen: 1_000 }],
    couponId: null,
    useBalanceFen: 300,
    useAllBalance: false,
    queued: false,
    at: 1_000,
    deadlineAt: 11_000,
    traceparent: '',
  })
  assert(decision.kind === 'opened')
  return { ...decision.order, state, balanceFen: 300, payableFen: 700, paymentId: 'pay_1', dueAt: null, ...change }
}

function refundRow(state: RefundState, change: Partial<RefundRow> = {}): RefundRow {
  const row = {
    refundId: 'rf_1',
    orderId: 'ord_1',
    requestDigest: 'digest',
    amountFen: 800,
    platformFen: 700,
    balanceFen: 100,
    reason: 'broken',
    requestedBy: 'admin-1',
  }
  return { ...row, state, createdAt: 2_000, settledAt: state === 'processing' ? 0 : 3_000, ...change }
}

const request: RefundRequest = {
  refundId: 'rf_1',
  orderId: 'ord_1',
  requestDigest: 'digest',
  amountFen: 800,
  reason: 'broken',
  requestedBy: 'admin-1',
  parts: { platformFen: 700, balanceFen: 100 },
  at: 2_000,
}

test('what can be refunded: of a paid order, what is left, of the platform first', () => {
  const some = { platformRefundedFen: 100, platformRefundingFen: 200, balanceRefundedFen: 0, balanceRefundingFen: 50 }
  const platformGone = { platformRefundedFen: 500, platformRefundingFen: 200 }
  const cases: { order: OrderRow; amountFen?: number; kind: string; parts?: Parts; refundableFen?: number }[] = [
    { order: orderIn('pending'), amountFen: 1, kind: 'not_refundable' },
    { order: orderIn('awaiting_payment'), amountFen: 1, kind: 'not_refundable' },
    { order: orderIn('cancelled'), amountFen: 1, kind: 'not_refundable' },
    { order: orderIn('refunded'), amountFen: 1, kind: 'not_refundable' },
    { order: orderIn('paid', { platformRefundingFen: 700, balanceRefundingFen: 300 }), amountFen: 1, kind: 'not_refundable' },
    { order: orderIn('paid', { platformRefundingFen: 700, balanceRefundingFen: 300 }), kind: 'not_refundable' },
    { order: orderIn('paid', { payableFen: 0, balanceFen: 0 }), kind: 'not_refundable' },
    { order: orderIn('paid'), amountFen: 1_001, kind: 'exceeds_paid', refundableFen: 1_000 },
    { order: orderIn('partially_refunded', some), amountFen: 651, kind: 'exceeds_paid', refundableFen: 650 },
    { order: orderIn('paid'), amountFen: 1, kind: 'possible', parts: { platformFen: 1, balanceFen: 0 } },
    { order: orderIn('paid'), amountFen: 700, kind: 'possible', parts: { platformFen: 700, balanceFen: 0 } },
    { order: orderIn('paid'), amountFen: 701, kind: 'possible', parts: { platformFen: 700, balanceFen: 1 } },
    { order: orderIn('paid'), kind: 'possible', parts: { platformFen: 700, balanceFen: 300 } },
    { order: orderIn('partially_refunded', some), kind: 'possible', parts: { platformFen: 400, balanceFen: 250 } },
    { order: orderIn('partially_refunded', platformGone), amountFen: 300, kind: 'possible', parts: { platformFen: 0, balanceFen: 300 } },
  ]
  for (const { order, amountFen, kind, parts, refundableFen } of cases) {
    const plan = planRefund(order, amountFen)
    assert.equal(plan.kind, kind)
    assert.deepEqual(plan.kind === 'possible' ? plan.parts : undefined, parts)
    assert.equal(plan.kind === 'exceeds_paid' ? plan.refundableFen : undefined, refundableFen)
  }
})

test('a refund begins once for its number, on the order as it was read', () => {
  const balanceOnly = { payableFen: 0, balanceFen: 1_000, paymentId: null }
  const cases: { known?: RefundRow; order?: OrderRow; change?: Partial<RefundRequest>; kind: string; refund?: RefundState; state?: OrderState }[] = [
    { known: refundRow('processing'), order: orderIn('paid'), kind: 'known' },
    { known: refundRow('failed'), order: orderIn('paid'), kind: 'known' },
    { known: refundRow('done'), order: orderIn('refunded'), change: { parts: undefined }, kind: 'known' },
    { known: refundRow('done'), order: orderIn('paid'), change: { requestDigest: 'other' }, kind: 'key_reused' },
    { kind: 'not_found' },
    { order: orderIn('cancelled'), kind: 'not_refundable' },
    { order: orderIn('paid', { platformRefundingFen: 300 }), kind: 'exceeds_paid' },
    { order: orderIn('paid', { platformRefundingFen: 200 }), kind: 'stale' },
    { order: orderIn('paid'), change: { parts: undefined }, kind: 'stale' },
    { order: orderIn('paid'), change: { amountFen: undefined }, kind: 'stale' },
    { order: orderIn('paid'), kind: 'opened', refund: 'processing', state: 'paid' },
    {
      order: orderIn('paid', balanceOnly),
      change: { parts: { platformFen: 0, balanceFen: 800 } },
      kind: 'settled',
      refund: 'done',
      state: 'partially_refunded',
    },
    {
      order: orderIn('partially_refunded', { ...balanceOnly, balanceRefundedFen: 200 }),
      change: { parts: { platformFen: 0, balanceFen: 800 } },
      kind: 'settled',
      refund: 'done',
      state: 'refunded',
    },
  ]
  for (const { known, order, change, kind, refund, state } of cases) {
    const { outcome, guard, books } = decideRefund({ ...request, ...change }, known, new Map(order === undefined ? [] : [['ord_1', order]]))
    assert.equal(outcome.kind, kind)
    assert.equal(guard?.state, refund)
    assert.deepEqual(
      books?.map((row) => row.state),
      state && [state],
    )
  }
})

test('what a platform has to give back is reserved, and what it gave back is gone', () => {
  const amounts = ({ platformRefundedFen, balanceRefundedFen, platformRefundingFen, balanceRefundingFen }: OrderRow) => ({
    refunded: [platformRefundedFen, balanceRefundedFen],
    refunding: [platformRefundingFen, balanceRefundingFen],
  })
  const [reserved] = decideRefund(request, undefined, new Map([['ord_1', orderIn('paid')]])).books ?? []
  assert.ok(reserved !== undefined)
  assert.deepEqual(amounts(reserved), { refunded: [0, 0], refunding: [700, 100] })

  const settlement: Settlement = { refundId: 'rf_1', platformFen: 700, done: true, detail: '', at: 3_000 }
  const cases: { known?: RefundRow; change?: Partial<Settlement>; kind: string; refund?: RefundState; refunded?: number[]; state?: OrderState }[] = [
    { kind: 'not_found' },
    { known: refundRow('done'), kind: 'already' },
    { known: refundRow('failed'), kind: 'already' },
    { known: refundRow('done'), change: { done: false }, kind: 'already' },
    { known: refundRow('processing'), change: { platformFen: 699 }, kind: 'amount_differs' },
    { known: refundRow('processing'), kind: 'done', refund: 'done', refunded: [700, 100], state: 'partially_refunded' },
    { known: refundRow('processing'), change: { done: false }, kind: 'failed', refund: 'failed', refunded: [0, 0], state: 'paid' },
  ]
  for (const { known, change, kind, refund, refunded, state } of cases) {
    const { outcome, guard, books = [] } = decideSettle({ ...settlement, ...change }, known, new Map([['ord_1', reserved]]))
    assert.equal(outcome.kind, kind)
    assert.equal(guard?.state, refund)
    assert.deepEqual(
      books.map((row) => ({ state: row.state, ...amounts(row) })),
      refunded === undefined ? [] : [{ state, refunded, refunding: [0, 0] }],
    )
  }
})

test('refunds of any amounts, settled in any order, some of them refused, never exceed what was paid, and may reach it', () => {
  const histories = fc.record({
    payableFen: fc.nat(1_000),
    balanceFen: fc.nat(1_000),
    steps: fc.array(fc.record({ kind: fc.constantFrom('ask', 'settle', 'refuse'), amountFen: fc.integer({ min: 1, max: 600 }), which: fc.nat(10) }), {
      maxLength: 25,
    }),
  })
  const property = fc.property(histories, ({ payableFen, balanceFen, steps }) => {
    let order = orderIn('paid', { payableFen, balanceFen })
    const refunds = new Map<string, RefundRow>()
    const underWay = (row: RefundRow) => row.state === 'processing'
    const ask = (refundId: string, amountFen: number | undefined) => {
      const plan = planRefund(order, amountFen)
      const parts = plan.kind === 'possible' ? plan.parts : undefined
      const { guard, books = [] } = decideRefund({ ...request, refundId, amountFen, parts }, refunds.get(refundId), new Map([['ord_1', order]]))
      if (guard !== undefined) refunds.set(refundId, guard)
      order = books[0] ?? order
    }
    const settle = (refund: RefundRow, done: boolean) => {
      const settlement = { refundId: refund.refundId, platformFen: refund.platformFen, done, detail: '', at: 3_000 }
      const { guard, books = [] } = decideSettle(settlement, refunds.get(refund.refundId), new Map([['ord_1', order]]))
      if (guard !== undefined) refunds.set(refund.refundId, guard)
      order = books[0] ?? order
    }
    const check = () => {
      const sum = (state: RefundState, part: 'platformFen' | 'balanceFen') =>
        [...refunds.values()].filter((row) => row.state === state).reduce((total, row) => total + row[part], 0)
      assert.equal(order.platformRefundedFen, sum('done', 'platformFen'))
      assert.equal(order.balanceRefundedFen, sum('done', 'balanceFen'))
      assert.equal(order.platformRefundingFen, sum('processing', 'platformFen'))
      assert.equal(order.balanceRefundingFen, sum('processing', 'balanceFen'))
      assert(order.platformRefundedFen + order.platformRefundingFen <= payableFen)
      assert(order.balanceRefundedFen + order.balanceRefundingFen <= balanceFen)
    }
    for (const [index, { kind, amountFen, which }] of steps.entries()) {
      const open = [...refunds.values()].filter(underWay)
      const chosen = open[which % Math.max(1, open.length)]
      if (kind === 'ask') ask(`rf_${index}`, amountFen)
      else if (chosen !== undefined) settle(chosen, kind === 'settle')
      check()
    }
    ask('rf_rest', undefined)
    for (const refund of [...refunds.values()].filter(underWay)) settle(refund, true)
    check()
    assert.equal(order.platformRefundedFen + order.balanceRefundedFen, payableFen + balanceFen)
    assert.equal(order.state, payableFen + balanceFen === 0 ? 'paid' : 'refunded')
  })
  fc.assert(property, { numRuns: 500 })
})
