import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventFaults } from './books.ts'
import { decideAccept, decideCancel, decideConfirm, decideOpen, decidePay, decidePostpone, type Cancellation, type Opening } from './rules.ts'
import { mayMove, mayStay, nextStates, type Answered, type CancelReason, type OrderState } from './states.ts'
import type { OrderEvent, OrderRow } from './tables.ts'

const opening: Opening = {
  orderId: 'ord_1',
  userId: 'user-1',
  idempotencyId: 'user-1\nkey',
  requestDigest: 'digest',
  items: [
    { sku: 'TEA', title: 'Tea', quantity: 2, unitPriceFen: 1_500 },
    { sku: 'CUP', title: 'Cup', quantity: 1, unitPriceFen: 2_000 },
  ],
  couponId: null,
  useBalanceFen: 0,
  useAllBalance: true,
  queued: false,
  at: 1_000,
  deadlineAt: 11_000,
  traceparent: '',
}

function opened(change: Partial<Opening> = {}): OrderRow {
  const decision = decideOpen(undefined, { ...opening, ...change })
  assert(decision.kind === 'opened')
  return decision.order
}

function orderIn(state: OrderState, change: Partial<OrderRow> = {}): OrderRow {
  const reason: CancelReason | null = state === 'cancelled' ? 'unpaid' : null
  return { ...opened(), state, cancelReason: reason, ...change }
}

test('an opening is decided by what its idempotency key stands for', () => {
  const known = { idempotencyId: opening.idempotencyId, orderId: 'ord_0', requestDigest: 'digest' }
  const cases = [
    { known: undefined, expected: 'opened' },
    { known, expected: 'known' },
    { known: { ...known, orderId: opening.orderId }, expected: 'opened' },
    { known: { ...known, requestDigest: 'other' }, expected: 'key_reused' },
  ]
  for (const { known: row, expected } of cases) assert.equal(decideOpen(row, opening).kind, expected)
})

test('an opened order has a price snapshot, nothing taken, and its first event', () => {
  const decision = decideOpen(undefined, opening)
  assert(decision.kind === 'opened')
  const { state, itemsFen, payableFen, discountFen, balanceFen, dueAt, events } = decision.order
  assert.deepEqual(
    { state, itemsFen, payableFen, discountFen, balanceFen, dueAt, events: events.map(({ name }) => name) },
    { state: 'pending', itemsFen: 5_000, payableFen: 5_000, discountFen: 0, balanceFen: 0, dueAt: 11_000, events: ['opened'] },
  )
})

test('a confirm moves a pending order only, and to paid only when nothing is left to pay', () => {
  const cases: { order: OrderRow | undefined; balanceFen: number; kind: string; state: OrderState | undefined }[] = [
    { order: undefined, balanceFen: 0, kind: 'not_found', state: undefined },
    { order: orderIn('cancelled'), balanceFen: 0, kind: 'elsewhere', state: 'cancelled' },
    { order: orderIn('awaiting_payment'), balanceFen: 0, kind: 'already', state: 'awaiting_payment' },
    { order: orderIn('paid'), balanceFen: 5_000, kind: 'already', state: 'paid' },
    { order: orderIn('pending'), balanceFen: 4_999, kind: 'moved', state: 'awaiting_payment' },
    { order: orderIn('pending'), balanceFen: 5_000, kind: 'moved', state: 'paid' },
  ]
  for (const { order, balanceFen, kind, state } of cases) {
    const decision = decideConfirm(order, { orderId: 'ord_1', discountFen: 0, balanceFen, expiresAt: 99_000, at: 2_000, steps: [] })
    assert.equal(decision.kind, kind)
    assert.equal(decision.kind === 'not_found' ? undefined : decision.order.state, state)
  }
})

test('a cancel needs an order, in a state the canceller may cancel from, that is due if it must be', () => {
  const cancellation: Cancellation = { orderId: 'ord_1', reason: 'customer', from: 'awaiting_payment', at: 2_000, steps: [] }
  const cases: { order: OrderRow | undefined; change: Partial<Cancellation>; expected: string }[] = [
    { order: undefined, change: {}, expected: 'not_found' },
    { order: orderIn('cancelled'), change: {}, expected: 'already' },
    { order: orderIn('paid'), change: {}, expected: 'elsewhere' },
    { order: orderIn('refunded'), change: {}, expected: 'elsewhere' },
    { order: orderIn('awaiting_payment'), change: { from: 'pending' }, expected: 'elsewhere' },
    { order: orderIn('pending'), change: {}, expected: 'elsewhere' },
    { order: orderIn('awaiting_payment', { dueAt: 3_000 }), change: { dueBy: 2_999 }, expected: 'elsewhere' },
    { order: orderIn('awaiting_payment', { dueAt: 3_000 }), change: { dueBy: 3_000 }, expected: 'moved' },
    { order: orderIn('pending'), change: { from: 'pending' }, expected: 'moved' },
    { order: orderIn('awaiting_payment'), change: {}, expected: 'moved' },
  ]
  for (const { order, change, expected } of cases) assert.equal(decideCancel(order, { ...cancellation, ...change }).kind, expected)
})

test('the first payment of the right amount pays an order that awaits it; any other money is surplus, said once', () => {
  const payment = { orderId: 'ord_1', paymentId: 'pay_1', amountFen: 5_000, at: 2_000 }
  const surplusEvent: OrderEvent = { name: 'payment_surplus', fromState: 'cancelled', toState: 'cancelled', at: 1, detail: { paymentId: 'pay_1' } }
  const cases: { order: OrderRow | undefined; amountFen?: number; kind: string; reason?: string }[] = [
    { order: undefined, kind: 'not_found' },
    { order: orderIn('pending'), kind: 'elsewhere' },
    { order: orderIn('awaiting_payment'), amountFen: 4_999, kind: 'amount_differs' },
    { order: orderIn('awaiting_payment'), amountFen: 5_001, kind: 'amount_differs' },
    { order: orderIn('awaiting_payment'), kind: 'moved' },
    { order: orderIn('cancelled'), kind: 'surplus', reason: 'cancelled' },
    { order: orderIn('cancelled'), amountFen: 1, kind: 'surplus', reason: 'cancelled' },
    { order: orderIn('cancelled', { events: [surplusEvent] }), kind: 'already' },
    { order: orderIn('paid', { paymentId: 'pay_1' }), kind: 'already' },
    { order: orderIn('partially_refunded', { paymentId: 'pay_1' }), kind: 'already' },
    { order: orderIn('refunded', { paymentId: 'pay_1' }), kind: 'already' },
    { order: orderIn('paid', { paymentId: 'pay_0' }), kind: 'surplus', reason: 'already_paid' },
    { order: orderIn('paid'), kind: 'surplus', reason: 'already_paid' },
    { order: orderIn('partially_refunded', { paymentId: 'pay_0' }), kind: 'surplus', reason: 'already_paid' },
    { order: orderIn('refunded', { paymentId: 'pay_0' }), kind: 'surplus', reason: 'already_paid' },
    { order: orderIn('paid', { paymentId: 'pay_0', events: [{ ...surplusEvent, fromState: 'paid', toState: 'paid' }] }), kind: 'already' },
  ]
  for (const { order, amountFen = 5_000, kind, reason } of cases) {
    const decision = decidePay(order, { ...payment, amountFen })
    assert.equal(decision.kind, kind)
    assert.equal(decision.kind === 'surplus' ? decision.reason : undefined, reason)
    if (decision.kind === 'surplus') assert.equal(decision.order.state, order?.state)
    if (decision.kind === 'moved') assert.deepEqual([decision.order.state, decision.order.paymentId, decision.order.dueAt], ['paid', 'pay_1', null])
  }
})

test('an unpaid order that is due is put off for as long as it is over its time, within bounds', () => {
  const awaiting = (dueAt: number) => orderIn('awaiting_payment', { expiresAt: 10_000, dueAt })
  const cases: { order: OrderRow | undefined; at: number; kind: string; waitMs?: number }[] = [
    { order: undefined, at: 10_000, kind: 'not_found' },
    { order: orderIn('pending', { dueAt: 10_000 }), at: 10_000, kind: 'elsewhere' },
    { order: orderIn('paid', { dueAt: null }), at: 10_000, kind: 'elsewhere' },
    { order: awaiting(10_001), at: 10_000, kind: 'elsewhere' },
    { order: awaiting(10_000), at: 10_000, kind: 'noted', waitMs: 5_000 },
    { order: awaiting(15_000), at: 15_000, kind: 'noted', waitMs: 5_000 },
    { order: awaiting(20_000), at: 20_000, kind: 'noted', waitMs: 10_000 },
    { order: awaiting(20_000), at: 99_000, kind: 'noted', waitMs: 60_000 },
  ]
  for (const { order, at, kind, waitMs } of cases) {
    const decision = decidePostpone(order, { orderId: 'ord_1', closeAgain: { firstMs: 5_000, longestMs: 60_000 }, dueBy: at, at })
    assert.equal(decision.kind, kind)
    if (decision.kind === 'noted') assert.deepEqual([decision.order.state, decision.order.dueAt], ['awaiting_payment', at + (waitMs ?? 0)])
  }
})

test('what the customer is told is written once, with the first fact there is to tell', () => {
  const confirmation = { orderId: 'ord_1', discountFen: 0, balanceFen: 0, expiresAt: 9, at: 2, steps: [] }
  const cancellation: Cancellation = { orderId: 'ord_1', reason: 'timed_out', from: 'pending', at: 2, steps: [] }
  const cases: { before: Answered; fact: 'confirm' | 'cancel' | 'accept'; after: Answered }[] = [
    { before: '', fact: 'confirm', after: 'placed' },
    { before: '', fact: 'cancel', after: 'refused' },
    { before: '', fact: 'accept', after: 'accepted' },
    { before: 'accepted', fact: 'confirm', after: 'accepted' },
    { before: 'accepted', fact: 'cancel', after: 'accepted' },
    { before: 'accepted', fact: 'accept', after: 'accepted' },
  ]
  for (const { before, fact, after } of cases) {
    const order = orderIn('pending', { answered: before })
    const decision = fact === 'confirm' ? decideConfirm(order, confirmation) : fact === 'cancel' ? decideCancel(order, cancellation) : decideAccept(order)
    assert(decision.kind !== 'not_found')
    assert.equal(decision.order.answered, after)
  }
})

test('final states lead nowhere, and nothing leads back', () => {
  const states = Object.keys(nextStates) as OrderState[]
  for (const state of ['cancelled', 'refunded'] as const) assert.deepEqual(nextStates[state], [])
  for (const from of states) for (const to of states) assert(!(mayMove(from, to) && mayMove(to, from)), `${from} ⇄ ${to}`)
  for (const state of states) for (const name of ['opened', 'confirmed', 'cancelled', 'paid'] as const) assert(!mayStay(name, state), `${name} in ${state}`)
})

test('an event log is faultless only if it leads along the table to the state of the row', () => {
  const event = (fromState: OrderState | null, toState: OrderState, name: OrderEvent['name'] = 'opened'): OrderEvent => ({
    name,
    fromState,
    toState,
    at: 1,
    detail: {},
  })
  const cases: { events: OrderEvent[]; expected: RegExp | undefined }[] = [
    { events: [event(null, 'pending'), event('pending', 'cancelled')], expected: undefined },
    { events: [event(null, 'pending'), event('pending', 'cancelled'), event('cancelled', 'cancelled', 'payment_surplus')], expected: undefined },
    { events: [event(null, 'pending'), event('pending', 'cancelled'), event('cancelled', 'cancelled', 'refunded')], expected: /from cancelled to cancelled/ },
    { events: [], expected: /end in nothing/ },
    { events: [event(null, 'paid'), event('paid', 'cancelled')], expected: /from nothing to paid/ },
    { events: [event(null, 'pending'), event('awaiting_payment', 'cancelled')], expected: /begins in awaiting_payment/ },
    { events: [event(null, 'pending'), event('pending', 'refunded')], expected: /from pending to refunded/ },
    { events: [event(null, 'pending'), event('pending', 'paid')], expected: /its row says cancelled/ },
  ]
  for (const { events, expected } of cases) {
    const [fault] = eventFaults({ state: 'cancelled', events })
    if (expected === undefined) assert.equal(fault, undefined)
    else assert.match(fault ?? '', expected)
  }
})
