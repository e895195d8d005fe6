import assert from 'node:assert/strict'
import { test } from 'node:test'
import { close, refundPauseMs, type Channel } from '@suanpan/sandbox/machine'
import { platformAt } from './testing.ts'

const productOf = { alipay: 'page', wechat: 'native' } as const

for (const channel of ['alipay', 'wechat'] as const) {
  test(`${channel}: refunds add up to what was paid, each number once`, () => {
    const { paid, refund, trade } = platformAt()
    const order = paid(channel, productOf[channel])
    const other = paid(channel, productOf[channel], { outTradeNo: 'order_2' })
    const cases: readonly (readonly [outRefundNo: string, amountFen: number, outcome: string, refundedFen: number])[] = [
      ['r1', 1_001, 'exceeds', 0],
      ['r1', 300, 'accepted', 300],
      ['r1', 300, 'repeated', 300],
      ['r1', 301, 'other_terms', 300],
      ['r2', 701, 'exceeds', 300],
      ['r2', 700, 'accepted', 1_000],
      ['r3', 1, 'exceeds', 1_000],
    ]
    for (const [outRefundNo, amountFen, outcome, refundedFen] of cases) {
      assert.equal(refund(order, outRefundNo, amountFen).outcome, outcome, `${outRefundNo} ${amountFen}`)
      assert.equal(trade(channel)?.refundedFen, refundedFen)
    }
    // WeChat Pay's refund numbers are the merchant's own for all orders; Alipay's are of one trade.
    assert.equal(refund(other, 'r1', 300).outcome, channel === 'alipay' ? 'accepted' : 'other_terms')
  })

  test(`${channel}: between two refunds of one trade there is a pause; the same number again, and another trade, wait for nothing`, () => {
    const { paid, refund, passTime, trade } = platformAt()
    const order = paid(channel, productOf[channel])
    const other = paid(channel, productOf[channel], { outTradeNo: 'order_2' })
    const pauseMs = refundPauseMs[channel]
    assert.equal(pauseMs, channel === 'alipay' ? 3_000 : 60_000)
    const asked = (target: typeof order, outRefundNo: string) => refund(target, outRefundNo, 300, { pauseMs }).outcome
    assert.equal(asked(order, 'r1'), 'accepted')
    passTime(pauseMs - 1)
    assert.deepEqual([asked(order, 'r2'), asked(order, 'r1'), asked(other, 'r3')], ['too_early', 'repeated', 'accepted'])
    assert.equal(trade(channel)?.refundedFen, 300)
    passTime(1)
    assert.deepEqual([asked(order, 'r2'), asked(order, 'r4')], ['accepted', 'too_early'])
  })

  test(`${channel}: only what is paid can be refunded, at WeChat Pay fifty times`, () => {
    const { opened, paid, refund, run } = platformAt()
    const waiting = opened(channel, productOf[channel])
    assert.equal(refund(waiting, 'r1', 1).outcome, 'not_paid')
    run((platform, now) => close(platform, waiting.key, now))
    assert.equal(refund(waiting, 'r1', 1).outcome, 'not_paid')
    assert.equal(refund({ ...waiting, key: `${channel}/never` }, 'r1', 1).outcome, 'unknown_trade')

    const often = paid(channel, productOf[channel], { outTradeNo: 'order_2' })
    for (let count = 1; count <= 50; count++) assert.equal(refund(often, `often_${count}`, 1).outcome, 'accepted')
    assert.equal(refund(often, 'often_51', 1).outcome, channel === 'wechat' ? 'too_many' : 'accepted')
  })
}

test('Alipay pays back at once; WeChat Pay accepts, and ends it a second later one way or another', () => {
  const cases: readonly (readonly [channel: Channel, ending: 'success' | 'abnormal' | 'closed', atOnce: string, later: string, refundedFen: number])[] = [
    ['alipay', 'success', 'success', 'success', 400],
    ['wechat', 'success', 'processing', 'success', 400],
    ['wechat', 'abnormal', 'processing', 'abnormal', 400],
    ['wechat', 'closed', 'processing', 'closed', 0],
  ]
  for (const [channel, ending, atOnce, later, refundedFen] of cases) {
    const { platform, paid, refund, passTime, trade } = platformAt()
    refund(paid(channel, productOf[channel]), 'r1', 400, { ending })
    const state = () => [...platform.refunds.values()][0]?.state
    assert.equal(state(), atOnce)
    passTime(999)
    assert.equal(state(), atOnce)
    passTime(1)
    assert.deepEqual([state(), trade(channel)?.refundedFen], [later, refundedFen])
  }
})
