import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '@suanpan/contracts/audit'
import type { OrderFacts } from '@suanpan/contracts/order'
import { effectHolders, rules, type Effects } from './rules.ts'

const settledBefore = 10_000

/** Two units for 900 fen: a coupon of 200, 700 of the balance. */
const paid: OrderFacts = {
  orderId: 'ord_1',
  state: 'ORDER_STATE_PAID',
  userId: 'ada',
  units: 2,
  itemsFen: 900,
  discountFen: 200,
  balanceFen: 700,
  payableFen: 0,
  couponId: 'coupon-1',
  createdAt: 1,
  changedAt: 2,
  dueAt: 0,
}
const awaiting: OrderFacts = { ...paid, state: 'ORDER_STATE_AWAITING_PAYMENT', balanceFen: 600, payableFen: 100, dueAt: 20_000 }
const pending: OrderFacts = { ...paid, state: 'ORDER_STATE_PENDING', discountFen: 0, balanceFen: 0, payableFen: 900, dueAt: 20_000 }
const cancelled: OrderFacts = { ...pending, state: 'ORDER_STATE_CANCELLED', dueAt: 0 }

const effect = (state: Effect['state'], amount: number, subject: string): Effect => ({ orderId: 'ord_1', state, amount, subject, takenAt: 1, settledAt: 0 })
const held = (amount: number, subject = ''): Effect => effect('EFFECT_STATE_HELD', amount, subject)
const kept = (amount: number, subject = ''): Effect => effect('EFFECT_STATE_KEPT', amount, subject)
const released = (amount: number, subject = ''): Effect => effect('EFFECT_STATE_RELEASED', amount, subject)

const nothing: Effects = { inventory: undefined, coupon: undefined, user: undefined, points: undefined }
const ofPaid: Effects = { inventory: kept(2), coupon: held(200, 'coupon-1'), user: held(700, 'ada'), points: kept(7, 'ada') }
const ofAwaiting: Effects = { ...ofPaid, inventory: held(2), user: held(600, 'ada'), points: undefined }

const cases: readonly { what: string; order: OrderFacts | undefined; effects: Effects; broken: readonly string[] }[] = [
  { what: 'a paid order with everything', order: paid, effects: ofPaid, broken: [] },
  { what: 'an order that waits to be paid', order: awaiting, effects: ofAwaiting, broken: [] },
  { what: 'an order under way, before anything', order: pending, effects: nothing, broken: [] },
  { what: 'an order under way, half-way', order: pending, effects: { ...nothing, inventory: held(2) }, broken: [] },
  { what: 'a cancelled order that gave everything back', order: cancelled, effects: { ...nothing, inventory: released(2), user: released(700, 'ada') }, broken: [] },
  {
    what: 'an order paid by coupon alone, which earns no points',
    order: { ...paid, discountFen: 900, balanceFen: 0 },
    effects: { ...ofPaid, coupon: held(900, 'coupon-1'), user: undefined, points: kept(0, 'ada') },
    broken: [],
  },
  { what: 'stock of no order', order: undefined, effects: { ...nothing, inventory: held(2) }, broken: ['effects.of_known_orders'] },
  { what: 'a tombstone of no order', order: undefined, effects: { ...nothing, inventory: released(0) }, broken: [] },
  { what: 'no stock', order: awaiting, effects: { ...ofAwaiting, inventory: undefined }, broken: ['effects.stock_of_confirmed'] },
  { what: 'stock given back too early', order: paid, effects: { ...ofPaid, inventory: released(2) }, broken: ['effects.stock_of_confirmed'] },
  { what: 'one unit too few', order: paid, effects: { ...ofPaid, inventory: kept(1) }, broken: ['effects.stock_of_confirmed'] },
  { what: 'another discount', order: paid, effects: { ...ofPaid, coupon: held(100, 'coupon-1') }, broken: ['effects.coupon_of_confirmed'] },
  { what: 'another coupon', order: paid, effects: { ...ofPaid, coupon: held(200, 'coupon-2') }, broken: ['effects.coupon_of_confirmed'] },
  { what: 'a coupon that nobody asked for', order: { ...paid, couponId: undefined }, effects: ofPaid, broken: ['effects.coupon_of_confirmed'] },
  { what: 'no balance', order: awaiting, effects: { ...ofAwaiting, user: undefined }, broken: ['effects.balance_of_confirmed'] },
  { what: "somebody else's balance", order: paid, effects: { ...ofPaid, user: held(700, 'bob') }, broken: ['effects.balance_of_confirmed'] },
  { what: 'paid and not sold', order: paid, effects: { ...ofPaid, inventory: held(2) }, broken: ['effects.sale_of_paid'] },
  { what: 'sold and not paid', order: awaiting, effects: { ...ofAwaiting, inventory: kept(2) }, broken: ['effects.sale_of_unpaid'] },
  { what: 'no points', order: paid, effects: { ...ofPaid, points: undefined }, broken: ['effects.points_of_paid'] },
  { what: 'too many points', order: paid, effects: { ...ofPaid, points: kept(8, 'ada') }, broken: ['effects.points_of_paid'] },
  { what: 'points before it is paid', order: awaiting, effects: { ...ofAwaiting, points: kept(6, 'ada') }, broken: ['effects.points_of_paid'] },
  { what: 'a cancelled order that still holds a coupon', order: cancelled, effects: { ...nothing, coupon: held(200, 'coupon-1') }, broken: ['effects.none_of_cancelled'] },
  { what: 'an order that nobody decides', order: { ...pending, dueAt: settledBefore - 1 }, effects: nothing, broken: ['orders.decided_in_time'] },
]

for (const { what, order, effects, broken } of cases) {
  test(`${what}: ${broken.join(', ') || 'nothing wrong'}`, () => {
    const found = rules.filter(({ fault }) => fault({ order, effects, settledBefore }) !== undefined).map(({ name }) => name)
    assert.deepEqual(found, broken)
  })
}

test('every rule is broken by one of these, and every holder by another', () => {
  const found = new Set(cases.flatMap(({ broken }) => broken))
  assert.deepEqual(rules.map(({ name }) => name).filter((name) => !found.has(name)), [])
  assert.deepEqual(effectHolders.toSorted(), Object.keys(nothing).toSorted())
})
