import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addFault, billOfDay, startOfDay, type Platform } from '@suanpan/sandbox/machine'
import { platformAt } from './testing.ts'

const dayMs = 24 * 60 * 60_000

function linesOf(platform: Platform, channel: 'alipay' | 'wechat', date: string): (string | number)[][] {
  return billOfDay(platform, channel, startOfDay(date) ?? 0).map((line) => [line.kind, line.trade.terms.outTradeNo, line.amountFen])
}

test('a bill has what was paid and asked back on its day, and nothing that is unpaid', () => {
  const { platform, clock, opened, paid, refund } = platformAt(Date.parse('2026-11-26T23:59:59.999+08:00'))
  const late = paid('wechat', 'native')
  opened('wechat', 'native', { outTradeNo: 'unpaid' })
  paid('alipay', 'page', { outTradeNo: 'elsewhere' })
  clock.now += 1
  paid('wechat', 'native', { outTradeNo: 'order_2', amountFen: 5 })
  refund(late, 'r1', 400)
  clock.now += dayMs
  refund(late, 'r2', 1)
  assert.deepEqual(linesOf(platform, 'wechat', '2026-11-26'), [['payment', 'order_1', 1_000]])
  assert.deepEqual(linesOf(platform, 'wechat', '2026-11-27'), [
    ['payment', 'order_2', 5],
    ['refund', 'order_1', 400],
  ])
  assert.deepEqual(linesOf(platform, 'alipay', '2026-11-26'), [['payment', 'elsewhere', 1_000]])
})

test('differences can be put into a bill', () => {
  const { platform, paid, run } = platformAt()
  for (const outTradeNo of ['order_1', 'order_2', 'order_3']) paid('alipay', 'page', { outTradeNo })
  run((known, now) => addFault(known, { outTradeNo: 'order_1', bill: { omit: true } }, now))
  run((known, now) => addFault(known, { outTradeNo: 'order_2', bill: { amountFen: 999 } }, now))
  assert.deepEqual(linesOf(platform, 'alipay', '2026-11-26'), [
    ['payment', 'order_2', 999],
    ['payment', 'order_3', 1_000],
  ])
})
