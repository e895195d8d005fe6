import assert from 'node:assert/strict'
import { test } from 'node:test'
import { close, findTrade, withdraw, type Channel, type Product, type Terms } from '@suanpan/sandbox/machine'
import { platformAt, startAt } from './testing.ts'

const minute = 60_000
const hour = 60 * minute

test('Alipay knows a trade when a buyer opens it, WeChat Pay from the start', () => {
  const { offer, scan, trade } = platformAt()
  const qr = offer('alipay', 'precreate')
  offer('wechat', 'native')
  assert.deepEqual([trade('alipay'), trade('wechat')?.state], [undefined, 'waiting'])
  assert.equal(qr.outcome === 'offered' ? scan(qr.offer.key).outcome : qr.outcome, 'opened')
  assert.equal(trade('alipay')?.state, 'waiting')
})

test('a number may be asked for again while it is unpaid and the terms are the same', () => {
  type State = 'offered' | 'opened' | 'paid' | 'closed'
  const cases: readonly (readonly [channel: Channel, state: State, change: Partial<Terms> & { readonly product?: Product }, outcome: string])[] = [
    ['alipay', 'offered', {}, 'offered'],
    // Nobody has opened the first code: there is no trade yet that it could contradict.
    ['alipay', 'offered', { amountFen: 1 }, 'offered'],
    ['alipay', 'opened', {}, 'offered'],
    ['alipay', 'opened', { notifyUrl: 'http://127.0.0.1:2/' }, 'other_terms'],
    ['alipay', 'opened', { amountFen: 1 }, 'other_terms'],
    ['alipay', 'opened', { attach: 'more' }, 'other_terms'],
    ['alipay', 'opened', { expiryText: '2026-11-26 10:00:00' }, 'other_terms'],
    ['alipay', 'opened', { expiresAt: startAt + hour }, 'offered'],
    ['alipay', 'opened', { product: 'page' }, 'other_terms'],
    ['alipay', 'opened', { subject: 'Gaiwan' }, 'other_terms'],
    ['alipay', 'paid', {}, 'already_paid'],
    ['alipay', 'closed', {}, 'already_closed'],
    ['wechat', 'offered', {}, 'offered'],
    ['wechat', 'offered', { amountFen: 1 }, 'other_terms'],
    ['wechat', 'offered', { product: 'h5' }, 'other_terms'],
    ['wechat', 'offered', { scene: '{"payer_client_ip":"203.0.113.7"}' }, 'other_terms'],
    ['wechat', 'opened', { notifyUrl: 'http://127.0.0.1:2/' }, 'other_terms'],
    ['wechat', 'opened', { expiryText: '2026-11-26T10:00:00+08:00' }, 'other_terms'],
    // The same end, named a little later while the platforms' clock runs fast.
    ['wechat', 'opened', { expiresAt: startAt + hour }, 'offered'],
    ['wechat', 'paid', {}, 'already_paid'],
    ['wechat', 'closed', {}, 'already_closed'],
  ]
  for (const [channel, state, { product: other, ...change }, outcome] of cases) {
    const { offer, opened, pay, run } = platformAt()
    const product: Product = channel === 'alipay' ? 'precreate' : 'native'
    if (state === 'offered') offer(channel, product)
    else {
      const trade = opened(channel, product)
      if (state === 'paid') pay(trade)
      if (state === 'closed') run((platform, now) => close(platform, trade.key, now))
    }
    assert.equal(offer(channel, other ?? product, change).outcome, outcome, `${channel} ${state} ${other} ${JSON.stringify(change)}`)
  }
})

test('an h5 trade of a sandbox that did not keep where the buyer pays may be asked for again all the same', () => {
  const { offer } = platformAt()
  offer('wechat', 'h5')
  assert.equal(offer('wechat', 'h5', { scene: '{"payer_client_ip":"203.0.113.7"}' }).outcome, 'offered')
  assert.equal(offer('wechat', 'h5', { scene: '{"payer_client_ip":"203.0.113.7"}', amountFen: 1 }).outcome, 'other_terms')
})

test('of two codes for one number the first that is opened counts', () => {
  const { offer, scan } = platformAt()
  const [cheap, dear] = [offer('alipay', 'precreate', { amountFen: 1 }), offer('alipay', 'precreate', { amountFen: 9_999 })]
  assert.ok(cheap.outcome === 'offered' && dear.outcome === 'offered')
  assert.equal(scan(dear.offer.key).outcome, 'opened')
  assert.equal(scan(cheap.offer.key).outcome, 'other_terms')
  assert.equal(scan('nonsense').outcome, 'unknown_code')
})

test('codes and links live as long as their product lets them', () => {
  const cases: readonly (readonly [channel: Channel, product: Product, change: Partial<Terms>, afterMs: number, outcome: string])[] = [
    ['alipay', 'precreate', {}, 2 * hour - 1, 'opened'],
    ['alipay', 'precreate', {}, 2 * hour, 'code_expired'],
    ['alipay', 'precreate', { expiresAt: startAt + minute }, minute, 'code_expired'],
    ['alipay', 'precreate', { expiresAfterMs: minute }, hour, 'opened'],
    ['wechat', 'native', {}, 2 * hour - 1, 'opened'],
    ['wechat', 'native', {}, 2 * hour, 'code_expired'],
    ['wechat', 'h5', {}, 5 * minute - 1, 'opened'],
    ['wechat', 'h5', {}, 5 * minute, 'code_expired'],
  ]
  for (const [channel, product, change, afterMs, outcome] of cases) {
    const { offer, scan, passTime } = platformAt()
    const made = offer(channel, product, change)
    passTime(afterMs)
    assert.equal(made.outcome === 'offered' ? scan(made.offer.key).outcome : made.outcome, outcome, `${product} after ${afterMs}`)
  }
})

test('paying and closing exclude each other, whichever comes first', () => {
  for (const channel of ['alipay', 'wechat'] as const) {
    const product = channel === 'alipay' ? 'page' : 'native'
    const first = platformAt()
    const paid = first.opened(channel, product)
    assert.equal(first.pay(paid, 'fail').outcome, 'failed')
    assert.equal(first.trade(channel)?.failures, 1)
    assert.equal(first.pay(paid).outcome, 'paid')
    assert.equal(first.pay(paid).outcome, 'already_paid')
    assert.equal(first.run((platform, now) => close(platform, paid.key, now)).outcome, 'already_paid')

    const second = platformAt()
    const closed = second.opened(channel, product)
    assert.equal(second.run((platform, now) => close(platform, closed.key, now)).outcome, 'closed')
    assert.equal(second.run((platform, now) => close(platform, closed.key, now)).outcome, 'already_closed')
    assert.equal(second.pay(closed).outcome, 'already_closed')
    assert.equal(second.run((platform, now) => close(platform, `${channel}/never`, now)).outcome, 'unknown_trade')
  }
})

test('a code that nobody scanned stays payable after a close, and not after it was withdrawn', () => {
  const { offer, scan, run } = platformAt()
  const qr = offer('alipay', 'precreate')
  assert.ok(qr.outcome === 'offered')
  assert.equal(run((platform, now) => close(platform, 'alipay/order_1', now)).outcome, 'unknown_trade')
  assert.equal(scan(qr.offer.key).outcome, 'opened')
  assert.equal(
    run((platform, now) => withdraw(platform, 'alipay', 'order_1', now)),
    1,
  )
  assert.equal(scan(qr.offer.key).outcome, 'code_expired')
})

test('at its end an unpaid trade is closed by Alipay; at WeChat Pay it stays as it is, and cannot be paid', () => {
  const cases: readonly (readonly [channel: Channel, product: Product, change: Partial<Terms>, endsAfterMs: number])[] = [
    ['alipay', 'page', { expiresAt: startAt + minute }, minute],
    ['alipay', 'page', { expiresAfterMs: minute }, minute],
    ['alipay', 'page', { expiresAt: startAt + hour, expiresAfterMs: minute }, minute],
    ['alipay', 'page', {}, 15 * 24 * hour],
    ['wechat', 'native', { expiresAt: startAt + minute }, minute],
    ['wechat', 'native', {}, 7 * 24 * hour],
  ]
  for (const [channel, product, change, endsAfterMs] of cases) {
    const { opened, pay, passTime, trade, clock } = platformAt()
    const waiting = opened(channel, product, change)
    passTime(endsAfterMs - 1)
    assert.equal(trade(channel)?.state, 'waiting')
    // Even if nobody has looked at the clock yet.
    clock.now += 1
    assert.equal(pay(waiting).outcome, 'expired')
    passTime(0)
    assert.equal(trade(channel)?.state, channel === 'alipay' ? 'closed' : 'waiting', JSON.stringify(change))
  }
})

test('a year after it was paid an Alipay trade is finished; neither platform refunds it any more', () => {
  for (const [channel, product, state] of [
    ['alipay', 'app', 'finished'],
    ['wechat', 'native', 'paid'],
  ] as const) {
    const { paid, passTime, trade, refund, clock } = platformAt()
    const old = paid(channel, product)
    passTime(365 * 24 * hour - 1)
    assert.equal(refund(old, 'r1', 1).outcome, 'accepted')
    // Even if nobody has looked at the clock yet.
    clock.now += 1
    assert.equal(refund(old, 'r2', 1).outcome, 'finished')
    passTime(0)
    assert.equal(trade(channel)?.state, state)
    assert.deepEqual([refund(old, 'r2', 1).outcome, refund(old, 'r1', 1).outcome], ['finished', 'repeated'])
  }
})

test('a trade is found by either number', () => {
  const { platform, paid } = platformAt()
  const { tradeNo } = paid('wechat', 'native')
  assert.equal(tradeNo.length, 28)
  assert.equal(findTrade(platform, 'wechat', { tradeNo })?.terms.outTradeNo, 'order_1')
  assert.equal(findTrade(platform, 'wechat', { outTradeNo: 'order_1' })?.tradeNo, tradeNo)
  assert.equal(findTrade(platform, 'alipay', { tradeNo }), undefined)
})
