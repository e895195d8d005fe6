import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryStore } from '@suanpan/runtime/store/testing'
import { refundTakesAtMostMs } from './books.ts'
import { engine, paymentsOn } from './testing/index.ts'

test('damage that every constraint lets pass is found and named', async () => {
  const cases = [
    {
      damage: `UPDATE payment SET refunded_fen = 29`,
      found: [
        'payment.refunds ord_1 payment PAY: 20 fen going back and 29 back, its refunds say 20 and 30',
        'payment.orders ord_1 100 fen captured and 30 refunded, its payments say 100 and 29',
      ],
    },
    { damage: `UPDATE payment SET refunding_fen = 0`, found: ['payment.refunds ord_1 payment PAY: 0 fen going back and 30 back, its refunds say 20 and 30'] },
    {
      damage: `DELETE FROM payment_refund WHERE refund_id = 'rf_2'`,
      found: ['payment.refunds ord_1 payment PAY: 20 fen going back and 30 back, its refunds say 0 and 30'],
    },
    {
      damage: `UPDATE payment_refund SET state = 'failed' WHERE refund_id = 'rf_1'`,
      found: ['payment.refunds ord_1 payment PAY: 20 fen going back and 30 back, its refunds say 20 and 0'],
    },
    { damage: `UPDATE payment_order SET captured_fen = 200`, found: ['payment.orders ord_1 200 fen captured and 30 refunded, its payments say 100 and 30'] },
    { damage: `UPDATE payment_order SET refunded_fen = 0`, found: ['payment.orders ord_1 100 fen captured and 0 refunded, its payments say 100 and 30'] },
    { damage: `UPDATE payment_order SET payment_ids = '[]'`, found: ['payment.orders ord_1 it lists the attempts , and has PAY'] },
    { damage: `DELETE FROM payment_order`, found: ['payment.orders ord_1 it has attempts, and its row is missing'] },
    {
      damage: `UPDATE payment_refund SET state = 'stuck', ask_at = NULL WHERE refund_id = 'rf_2'`,
      found: ['payment.stuck ord_1 refund rf_2 waits for a person, and the quarantine does not show it'],
    },
    { damage: `UPDATE payment_inbox SET state = 'received'`, found: ['payment.inbox notification alipay:alipay-1 was acknowledged and not settled'] },
    {
      damage: `UPDATE payment_inbox SET state = 'quarantined'`,
      found: ['payment.inbox notification alipay:alipay-1 is not believed, and the quarantine does not show it'],
    },
  ]
  for (const { damage, found } of cases) {
    const store = openMemoryStore(engine)
    const payments = paymentsOn(store)
    const paymentId = await payments.paid('ord_1')
    await payments.askRefunds(paymentId, ['rf_1', 30])
    await payments.elapse(1_000)
    payments.alipay.failAll('silent')
    await payments.askRefunds(paymentId, ['rf_2', 20])
    await payments.clock.advance(61_000)
    assert.deepEqual(await payments.violations(), [])
    await store.transact(async (tx) => tx.execute(damage, []))
    assert.deepEqual(
      (await payments.violations()).map((violation) => violation.replace(paymentId, 'PAY')),
      found,
    )
    await store.close()
  }
})

test('a surplus on its way back is told apart from money that is nobody’s, as long as a platform may take for it', async () => {
  const payments = paymentsOn(openMemoryStore(engine))
  const paymentId = await payments.paid('ord_1')
  const goingBack = async () => (await payments.effects()).map((effect) => [effect.amount, effect.goingBack ?? 0])
  assert.deepEqual(await goingBack(), [[100, 0]])
  payments.alipay.failAll('silent')
  await payments.sayIsSurplus(paymentId)
  assert.deepEqual(await goingBack(), [[100, 100]])
  await payments.elapse(2 * 60 * 60_000, 60_000)
  assert.deepEqual([await goingBack(), await payments.violations()], [[[100, 100]], []])
  // Nine days off for the Spring Festival, and three working days.
  const twelveDaysMs = 12 * 24 * 3_600_000
  await payments.elapse(twelveDaysMs, twelveDaysMs)
  assert.deepEqual([await goingBack(), await payments.violations()], [[[100, 100]], []])
  await payments.elapse(refundTakesAtMostMs, refundTakesAtMostMs)
  assert.deepEqual(await goingBack(), [[100, 0]])
  assert.match((await payments.violations()).join(), /^payment\.overdue ord_1 refund \w+ is asked for, and nothing has become of it$/)
  payments.alipay.failAll(undefined)
  payments.alipay.refundsEnd('done')
  await payments.elapse(600_000, 60_000)
  assert.deepEqual([await goingBack(), await payments.violations()], [[[0, 0]], []])
})

test('of refunds that may be overdue the audit says how many there are, as of everything it looks at', async () => {
  const payments = paymentsOn(openMemoryStore(engine))
  const paymentId = await payments.paid('ord_1')
  const expected = { 'payment.refunds': 0, 'payment.overdue': 0, 'payment.attempts': 1, 'payment.orders': 1, 'payment.stuck': 0, 'payment.inbox': 1 }
  assert.deepEqual(await payments.examined(), expected)
  await payments.askRefunds(paymentId, ['rf_1', 30])
  await payments.elapse(1_000)
  payments.alipay.failAll('silent')
  await payments.askRefunds(paymentId, ['rf_2', 20])
  assert.deepEqual(await payments.examined(), { ...expected, 'payment.refunds': 2, 'payment.overdue': 1 })
  await payments.elapse(60_000, 10_000)
  assert.equal((await payments.refund('rf_2'))?.state, 'asked')
  assert.deepEqual(await payments.examined(), { ...expected, 'payment.refunds': 2, 'payment.overdue': 1 })
})

test('a surplus that waited for a person is on its way back again from the moment that it is asked for again', async () => {
  const payments = paymentsOn(openMemoryStore(engine))
  const paymentId = await payments.paid('ord_1')
  const goingBack = async () => (await payments.effects()).map((effect) => effect.goingBack ?? 0)
  payments.alipay.failNext('refund', 'rejected', 'silent')
  await payments.sayIsSurplus(paymentId)
  await payments.elapse(1_000)
  await payments.clock.advance(2 * refundTakesAtMostMs)
  assert.deepEqual([await goingBack(), await payments.violations()], [[0], []])
  assert.equal(await payments.resolve((await payments.quarantine())[0]?.quarantineId ?? '', 'QUERY'), 'STILL_WRONG')
  assert.deepEqual([await goingBack(), await payments.violations()], [[100], []])
})

test('what was paid for an order is told payment by payment, with what of it went back', async () => {
  const payments = paymentsOn(openMemoryStore(engine))
  payments.orders.put('ord_1')
  const paidPayments = async () => (await payments.effects()).map((effect) => effect.paidPayments)
  const first = await payments.begin('ord_1')
  assert.deepEqual(await paidPayments(), [''])
  payments.alipay.pay(first)
  const told = payments.alipay.tell(first)
  const second = await payments.begin('ord_1', { over: 'wechat' })
  await payments.notify(told)
  assert.deepEqual(await paidPayments(), [`${first} 0`])
  payments.wechat.pay(second)
  await payments.notify(payments.wechat.tell(second))
  await payments.sayIsSurplus(second)
  await payments.elapse(1_000)
  assert.deepEqual(await paidPayments(), [`${first} 0, ${second} 100`])
})
