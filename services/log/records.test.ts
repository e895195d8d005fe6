import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topics, type Topic } from '@suanpan/contracts/topics'
import { delivered } from '@suanpan/runtime/bus/testing'
import { canonicalJson, recorders, recordOf } from './records.ts'

function recorded<Body extends { readonly orderId: string }>(topic: Topic<Body>, body: Body): string {
  return recordOf(delivered(topic, body.orderId, body)).detail
}

test('what each message leaves in the log: numbers and reasons, and nobody', () => {
  const orderId = 'ord_1'
  const paymentId = 'pay_1'
  const refundId = 'rf_1'
  const userId = 'user-1'
  const cases: readonly { detail: string; expected: string }[] = [
    {
      detail: recorded(topics.paymentPaid, { paymentId, orderId, channel: 'CHANNEL_WECHAT', amountFen: 150, paidAt: 9 }),
      expected: '{"amountFen":150,"channel":"CHANNEL_WECHAT","paidAt":9,"paymentId":"pay_1"}',
    },
    {
      detail: recorded(topics.paymentRefundSettled, { refundId, paymentId, orderId, amountFen: 50, done: true, surplus: false, detail: '' }),
      expected: '{"amountFen":50,"detail":"","done":true,"paymentId":"pay_1","refundId":"rf_1","surplus":false}',
    },
    {
      detail: recorded(topics.paymentNoted, { paymentId, orderId, what: 'quarantined', detail: 'amount_differs' }),
      expected: '{"detail":"amount_differs","paymentId":"pay_1","what":"quarantined"}',
    },
    { detail: recorded(topics.orderPaid, { orderId, userId, paidFen: 150, paymentId }), expected: '{"paidFen":150,"paymentId":"pay_1"}' },
    {
      detail: recorded(topics.orderRefunded, { refundId, orderId, userId, amountFen: 60, balanceFen: 10, isFull: false }),
      expected: '{"amountFen":60,"balanceFen":10,"isFull":false,"refundId":"rf_1"}',
    },
    {
      detail: recorded(topics.orderPaymentSurplus, { orderId, paymentId, amountFen: 150, reason: 'cancelled' }),
      expected: '{"amountFen":150,"paymentId":"pay_1","reason":"cancelled"}',
    },
  ]
  for (const { detail, expected } of cases) assert.equal(detail, expected)
  assert.equal(cases.length, recorders.length)
})

test('the same facts are the same bytes', () => {
  assert.equal(canonicalJson({ b: 1, a: '值', c: true }), canonicalJson({ c: true, a: '值', b: 1 }))
  assert.equal(canonicalJson({ b: 1, a: '值"', c: true }), '{"a":"值\\"","b":1,"c":true}')
})

test('a message of another topic is a bug in the wiring, not an entry', () => {
  assert.throws(() => recordOf(delivered(topics.orderConfirmed, 'ord_1', { orderId: 'ord_1', userId: 'user-1', payableFen: 1 })), /not recorded/)
})
