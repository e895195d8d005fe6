import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '@suanpan/contracts/audit'
import type { OrderFacts } from '@suanpan/contracts/order'
import { effectHolders, lastChangeAt, rules, type EffectHolder, type Effects } from './rules.ts'

/** A book and a tin of tea for 120 yuan: a coupon took off 20, the balance gave 30, a platform was paid 70. */
const facts: OrderFacts = {
  orderId: 'ord_1',
  state: 'ORDER_STATE_PAID',
  userId: 'user-1',
  units: 2,
  itemsFen: 12_000,
  discountFen: 2_000,
  balanceFen: 3_000,
  payableFen: 7_000,
  couponId: 'cpn-1',
  createdAt: 1_000,
  changedAt: 2_000,
  dueAt: 0,
  platformRefundedFen: 0,
  balanceRefundedFen: 0,
  paymentId: 'pay_1',
  expiresAt: 3_000,
  unitsBySku: 'BOOK 1, TEA 1',
}

function effect(state: 'HELD' | 'KEPT' | 'RELEASED' | 'REFUSED', amount: number, subject = ''): Effect {
  return { orderId: 'ord_1', state: `EFFECT_STATE_${state}`, amount, subject, takenAt: 1_500, settledAt: 2_500 }
}

/** What the services hold for that order once it is paid. */
const ofPaid: Effects = {
  inventory: { ...effect('KEPT', 2), unitsBySku: 'BOOK 1, TEA 1' },
  coupon: effect('HELD', 2_000, 'cpn-1'),
  user: effect('HELD', 3_000, 'user-1'),
  points: effect('KEPT', 100, 'user-1'),
  payment: { ...effect('KEPT', 7_000), paidPayments: 'pay_1 0' },
}
const none: Effects = { inventory: undefined, coupon: undefined, user: undefined, points: undefined, payment: undefined }

interface Case {
  readonly what: string
  readonly order?: Partial<OrderFacts>
  readonly effects?: { readonly [Holder in EffectHolder]?: Effect | undefined }
  readonly of?: Effects
  readonly broken: readonly string[]
}

const awaiting: Partial<OrderFacts> = { state: 'ORDER_STATE_AWAITING_PAYMENT', paymentId: '', dueAt: 9_500, expiresAt: 9_500 }
const pending: Partial<OrderFacts> = { state: 'ORDER_STATE_PENDING', paymentId: '', dueAt: 9_500, expiresAt: 0 }
const hourMs = 3_600_000
const cancelled: Partial<OrderFacts> = { state: 'ORDER_STATE_CANCELLED', paymentId: '' }
/** A quarter of the platform's part. */
const partly: Partial<OrderFacts> = { state: 'ORDER_STATE_PARTIALLY_REFUNDED', platformRefundedFen: 2_500 }
const fully: Partial<OrderFacts> = { state: 'ORDER_STATE_REFUNDED', platformRefundedFen: 7_000, balanceRefundedFen: 3_000 }
/** Of an order that balance and coupon cover. */
const withoutPlatform: Partial<OrderFacts> = { payableFen: 0, balanceFen: 10_000, paymentId: '' }
const allBalance = { user: effect('HELD', 10_000, 'user-1') }
const ofPartly = { points: effect('KEPT', 75, 'user-1'), payment: { ...effect('KEPT', 4_500), paidPayments: 'pay_1 2500' } }
const ofAwaiting = { inventory: effect('HELD', 2), points: undefined, payment: undefined }
const returned = effect('RELEASED', 2_000, 'cpn-1')
const ofFully = { user: effect('HELD', 0, 'user-1'), points: effect('KEPT', 0, 'user-1'), payment: effect('RELEASED', 0) }

const paidTwice = (paidPayments: string): Effect => ({ ...effect('KEPT', 7_000), paidPayments })

const cases: readonly Case[] = [
  { what: 'paid, everything as it says', broken: [] },
  { what: 'paid, less stock', effects: { inventory: effect('KEPT', 1) }, broken: ['effects.stock_of_confirmed'] },
  {
    what: 'paid, as much stock of another kind',
    effects: { inventory: { ...effect('KEPT', 2), unitsBySku: 'TEA 2' } },
    broken: ['effects.stock_of_confirmed'],
  },
  { what: 'paid, stock not sold', effects: { inventory: effect('HELD', 2) }, broken: ['effects.sale_of_paid'] },
  { what: 'paid, another coupon', effects: { coupon: effect('HELD', 2_000, 'cpn-2') }, broken: ['effects.coupon_of_confirmed'] },
  { what: 'paid, the coupon returned', effects: { coupon: returned }, broken: ['effects.coupon_of_confirmed'] },
  { what: 'paid, the coupon spent for good', effects: { coupon: effect('KEPT', 2_000, 'cpn-1') }, broken: ['effects.coupon_of_confirmed'] },
  { what: 'paid, balance of somebody else', effects: { user: effect('HELD', 3_000, 'user-2') }, broken: ['effects.balance_of_confirmed'] },
  { what: 'paid, a point too few', effects: { points: effect('KEPT', 99, 'user-1') }, broken: ['effects.points_of_paid'] },
  { what: 'paid, no points', effects: { points: undefined }, broken: ['effects.points_of_paid'] },
  { what: 'paid, and a surplus not given back', effects: { payment: effect('KEPT', 14_000) }, broken: ['money.captured_of_paid'] },
  { what: 'paid, and a surplus on its way back', effects: { payment: { ...effect('KEPT', 14_000), goingBack: 7_000 } }, broken: [] },
  {
    what: 'paid, and too much on its way back',
    effects: { payment: { ...effect('KEPT', 14_000), goingBack: 14_000 } },
    broken: ['money.captured_of_paid'],
  },
  { what: 'paid, and no platform has the money', effects: { payment: undefined }, broken: ['money.captured_of_paid'] },
  { what: 'paid, and of two payments the other went back', effects: { payment: paidTwice('pay_1 0, pay_2 7000') }, broken: [] },
  {
    what: 'paid, and of two payments the one that paid it went back',
    effects: { payment: paidTwice('pay_1 7000, pay_2 0') },
    broken: ['money.captured_of_paid'],
  },
  { what: 'paid by a payment that was not paid', effects: { payment: paidTwice('pay_2 0') }, broken: ['money.captured_of_paid'] },
  { what: 'paid by nobody', order: { paymentId: '' }, broken: ['money.captured_of_paid'] },
  { what: 'paid without a platform', order: withoutPlatform, effects: { ...allBalance, payment: undefined }, broken: [] },
  { what: 'paid without a platform, which has money', order: withoutPlatform, effects: allBalance, broken: ['money.captured_of_paid'] },

  { what: 'partly refunded', order: partly, effects: ofPartly, broken: [] },
  { what: 'partly refunded, points kept', order: partly, effects: { payment: ofPartly.payment }, broken: ['effects.points_of_paid'] },
  { what: 'partly refunded, the platform gave nothing', order: partly, effects: { points: ofPartly.points }, broken: ['money.captured_of_paid'] },
  { what: 'partly refunded, stock not sold', order: partly, effects: { ...ofPartly, inventory: effect('HELD', 2) }, broken: ['effects.sale_of_paid'] },

  { what: 'refunded, the coupon returned', order: fully, effects: { ...ofFully, coupon: returned }, broken: [] },
  { what: 'refunded, the coupon had expired', order: fully, effects: { ...ofFully, coupon: effect('KEPT', 2_000, 'cpn-1') }, broken: [] },
  { what: 'refunded, no trace of the coupon', order: fully, effects: { ...ofFully, coupon: undefined }, broken: ['effects.coupon_of_confirmed'] },
  {
    what: 'refunded, the coupon refused',
    order: fully,
    effects: { ...ofFully, coupon: effect('REFUSED', 0, 'cpn-1') },
    broken: ['effects.coupon_of_confirmed'],
  },
  {
    what: 'refunded, another coupon returned',
    order: fully,
    effects: { ...ofFully, coupon: effect('RELEASED', 2_000, 'cpn-2') },
    broken: ['effects.coupon_of_confirmed'],
  },
  { what: 'refunded, the coupon forgotten', order: fully, effects: ofFully, broken: ['effects.coupon_of_confirmed'] },
  {
    what: 'refunded, balance not credited',
    order: fully,
    effects: { ...ofFully, coupon: returned, user: effect('HELD', 1, 'user-1') },
    broken: ['effects.balance_of_confirmed'],
  },
  {
    what: 'refunded, money left at a platform',
    order: fully,
    effects: { ...ofFully, coupon: returned, payment: effect('KEPT', 1) },
    broken: ['money.captured_of_paid'],
  },

  { what: 'awaiting payment', order: awaiting, effects: ofAwaiting, broken: [] },
  { what: 'awaiting payment, and paid', order: awaiting, effects: { ...ofAwaiting, payment: effect('KEPT', 7_000) }, broken: ['money.none_of_unpaid'] },
  { what: 'awaiting payment, sold', order: awaiting, effects: { ...ofAwaiting, inventory: effect('KEPT', 2) }, broken: ['effects.sale_of_unpaid'] },
  { what: 'awaiting payment, points granted', order: awaiting, effects: { ...ofAwaiting, points: effect('KEPT', 0) }, broken: ['effects.points_of_paid'] },
  { what: 'nobody has looked in time', order: { ...awaiting, dueAt: 8_999 }, effects: ofAwaiting, broken: ['orders.decided_in_time'] },
  { what: 'nobody will ever look', order: { ...awaiting, dueAt: 0 }, effects: ofAwaiting, broken: ['orders.decided_in_time'] },
  { what: 'pending, and nobody will ever look', order: { ...pending, dueAt: 0 }, effects: ofAwaiting, broken: ['orders.decided_in_time'] },
  { what: 'pending, to be looked at', order: pending, effects: ofAwaiting, broken: [] },
  { what: 'unpaid for an hour, and put off', order: { ...awaiting, expiresAt: 9_000 - hourMs }, effects: ofAwaiting, broken: [] },
  { what: 'put off for ever', order: { ...awaiting, expiresAt: 8_999 - hourMs }, effects: ofAwaiting, broken: ['orders.decided_in_time'] },

  { what: 'cancelled, nothing left', order: cancelled, of: none, broken: [] },
  { what: 'cancelled, all given back', order: cancelled, of: none, effects: { user: effect('RELEASED', 3_000), payment: effect('RELEASED', 0) }, broken: [] },
  {
    what: 'cancelled, balance still held',
    order: cancelled,
    of: none,
    effects: { user: effect('HELD', 3_000, 'user-1') },
    broken: ['effects.none_of_cancelled'],
  },
  { what: 'cancelled, and paid too late', order: cancelled, of: none, effects: { payment: effect('KEPT', 7_000) }, broken: ['money.none_of_unpaid'] },
  {
    what: 'cancelled, and the late money on its way back',
    order: cancelled,
    of: none,
    effects: { payment: { ...effect('KEPT', 7_000), goingBack: 7_000 } },
    broken: [],
  },
]

function brokenRules(order: OrderFacts | undefined, effects: Effects): string[] {
  return rules.flatMap(({ name, fault }) => (fault({ order, effects, settledBefore: 9_000 }) === undefined ? [] : [name]))
}

test('each rule is broken by what it forbids, and by nothing else', () => {
  for (const { what, order, effects, of = ofPaid, broken } of cases) assert.deepEqual(brokenRules({ ...facts, ...order }, { ...of, ...effects }), broken, what)
})

test('for an order that does not exist, nobody may hold anything', () => {
  for (const holder of ['inventory', 'coupon', 'user', 'payment'] as const) {
    assert.deepEqual(brokenRules(undefined, { ...none, [holder]: effect('KEPT', 1) }), ['effects.of_known_orders'])
    assert.deepEqual(brokenRules(undefined, { ...none, [holder]: effect('RELEASED', 0) }), [])
  }
})

test('the last change is the latest of the order and of everything held for it', () => {
  const effects = { ...ofPaid, payment: { ...effect('KEPT', 7_000), settledAt: 4_000 } }
  assert.equal(lastChangeAt({ order: facts, effects, settledBefore: 0 }), 4_000)
  assert.equal(lastChangeAt({ order: { ...facts, changedAt: 5_000 }, effects, settledBefore: 0 }), 5_000)
  assert.equal(lastChangeAt({ order: undefined, effects: none, settledBefore: 0 }), 0)
})

test('every rule is broken by one of these, and every holder has its part', () => {
  const found = new Set([...cases.flatMap(({ broken }) => broken), 'effects.of_known_orders'])
  assert.deepEqual(
    rules.map(({ name }) => name).filter((name) => !found.has(name)),
    [],
  )
  assert.deepEqual(effectHolders.toSorted(), Object.keys(none).toSorted())
})
