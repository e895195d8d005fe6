import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addFault, close, resend, type Channel, type NotificationEvent, type NotifyFault, type Product } from '@suanpan/sandbox/machine'
import { acknowledges, platformAt, refuses, startAt } from './testing.ts'

const hour = 60 * 60_000

test('what each product notifies of', () => {
  const cases: readonly (readonly [channel: Channel, product: Product, events: readonly NotificationEvent[]])[] = [
    ['alipay', 'page', ['paid', 'partly_refunded', 'paid']],
    ['alipay', 'precreate', ['paid', 'partly_refunded', 'paid']],
    ['alipay', 'wap', ['paid', 'partly_refunded', 'fully_refunded', 'closed', 'paid']],
    ['alipay', 'app', ['paid', 'partly_refunded', 'fully_refunded', 'closed', 'paid', 'finished']],
    ['wechat', 'native', ['paid', 'refund_settled', 'refund_settled', 'paid']],
    ['wechat', 'jsapi', ['paid', 'refund_settled', 'refund_settled', 'paid']],
    ['wechat', 'h5', ['paid', 'refund_settled', 'refund_settled', 'paid']],
    ['wechat', 'app', ['paid', 'refund_settled', 'refund_settled', 'paid']],
  ]
  for (const [channel, product, events] of cases) {
    const { platform, opened, paid, refund, run, passTime } = platformAt()
    const refunded = paid(channel, product)
    const notifyUrl = 'http://127.0.0.1:1/refund'
    refund(refunded, 'r1', 300, { notifyUrl })
    passTime(1_000)
    refund(refunded, 'r2', 700, { notifyUrl })
    passTime(1_000)
    run((known, now) => close(known, opened(channel, product, { outTradeNo: 'order_2' }).key, now))
    // It has no address to be told at.
    paid(channel, product, { outTradeNo: 'order_3', notifyUrl: '' })
    paid(channel, product, { outTradeNo: 'order_4' })
    passTime(366 * 24 * hour)
    assert.deepEqual(
      [...platform.notifications.values()].map(({ event }) => event),
      events,
      `${channel} ${product}`,
    )
  }
})

test('a refund that named no address of its own is told by Alipay only', () => {
  for (const channel of ['alipay', 'wechat'] as const) {
    const { platform, paid, refund, passTime } = platformAt()
    refund(paid(channel, channel === 'alipay' ? 'page' : 'native'), 'r1', 300)
    passTime(1_000)
    assert.equal(platform.notifications.size, channel === 'alipay' ? 2 : 1)
  }
})

const scheduleMinutes: { readonly [Of in Channel]: readonly number[] } = {
  alipay: [4, 10, 10, 60, 120, 360, 900],
  wechat: [0.25, 0.25, 0.5, 3, 10, 20, 30, 30, 30, 60, 180, 180, 180, 360, 360],
}

for (const channel of ['alipay', 'wechat'] as const) {
  test(`${channel}: an unheard notification comes again on the published schedule, under the same id, and then no more`, () => {
    const { platform, clock, paid, due, answer } = platformAt()
    paid(channel, channel === 'alipay' ? 'page' : 'native')
    for (const minutes of [0, ...scheduleMinutes[channel]]) {
      if (minutes > 0) {
        clock.now += minutes * 60_000 - 1
        assert.deepEqual(due(), [], `${minutes} minutes`)
        clock.now += 1
      }
      const [delivery, ...more] = due()
      assert.ok(delivery !== undefined && more.length === 0, `${minutes} minutes`)
      assert.equal(delivery.notificationId, [...platform.notifications.keys()][0])
      assert.equal(answer(delivery, refuses).acknowledged, false)
    }
    clock.now += 100 * hour
    assert.deepEqual(due(), [])
    const [notification] = platform.notifications.values()
    assert.deepEqual([notification?.state, notification?.tries.length], ['given_up', scheduleMinutes[channel].length + 1])
  })

  test(`${channel}: what was heard is not told again, unless somebody asks for it`, () => {
    const { platform, clock, paid, due, answer, run } = platformAt()
    paid(channel, channel === 'alipay' ? 'page' : 'native')
    const [delivery] = due()
    assert.ok(delivery !== undefined)
    assert.deepEqual(answer(delivery, acknowledges[channel]), { acknowledged: true })
    clock.now += 100 * hour
    assert.deepEqual(due(), [])
    assert.equal(
      run((known, now) => resend(known, delivery.notificationId, now)),
      'resent',
    )
    assert.equal(due().length, 1)
    assert.equal(
      run((known, now) => resend(known, 'never', now)),
      'unknown',
    )
    assert.equal([...platform.notifications.values()][0]?.tries[0]?.verdict.acknowledged, true)
  })
}

/** Three orders are paid at once, under one fault. */
function underFault(notify: NotifyFault, next?: number) {
  const made = platformAt()
  made.run((platform, now) => addFault(platform, { notify, ...(next === undefined ? {} : { next }) }, now))
  for (const outTradeNo of ['order_1', 'order_2', 'order_3']) made.paid('wechat', 'native', { outTradeNo })
  const sent = () => made.due().map(({ notification }) => notification.trade.terms.outTradeNo)
  return { ...made, sent }
}

test('a dropped notification counts as tried, and comes again', () => {
  const { sent, clock, platform } = underFault({ drop: true }, 1)
  assert.deepEqual(sent(), ['order_2', 'order_3'])
  assert.equal(platform.faults.size, 0)
  assert.match(JSON.stringify([...platform.notifications.values()][0]?.tries), /lost on the way/)
  clock.now += 15_000
  assert.equal(sent()[0], 'order_1')
})

test('a delayed notification comes later, once', () => {
  const { sent, clock } = underFault({ delayMs: 5_000 }, 2)
  assert.deepEqual(sent(), ['order_3'])
  clock.now += 4_999
  assert.deepEqual(sent(), ['order_3'])
  clock.now += 1
  assert.deepEqual(sent(), ['order_1', 'order_2', 'order_3'])
})

test('a reordered notification comes behind the next one, or after a minute', () => {
  const { due, sent, answer, clock } = underFault({ reorder: true }, 1)
  const [second] = due()
  assert.equal(second?.notification.trade.terms.outTradeNo, 'order_2')
  answer(second, acknowledges.wechat)
  assert.deepEqual(sent(), ['order_1', 'order_3'])

  const alone = underFault({ reorder: true })
  assert.deepEqual(alone.sent(), [])
  alone.clock.now = startAt + 60_000
  assert.deepEqual(alone.sent(), ['order_1', 'order_2', 'order_3'])
  assert.equal(clock.now, startAt)
})

test('duplicates are sent at once, under the same id or ids of their own, and are one step of the schedule', () => {
  const same = underFault({ duplicate: 2 }, 1)
  const copies = same.due()
  assert.deepEqual(
    copies.map(({ notification }) => notification.trade.terms.outTradeNo),
    ['order_1', 'order_1', 'order_1', 'order_2', 'order_3'],
  )
  assert.equal(new Set(copies.map(({ notificationId }) => notificationId)).size, 3)
  for (const copy of copies) same.answer(copy, refuses)
  same.clock.now += 15_000
  assert.equal(same.due().length, 3)

  const own = underFault({ duplicate: 2, duplicateWithNewId: true }, 1)
  assert.equal(new Set(own.due().map(({ notificationId }) => notificationId)).size, 5)
})

test('a fault strikes as often as it may, and only whom it names', () => {
  const twice = underFault({ signature: 'bad' }, 2)
  assert.deepEqual(
    twice.due().map(({ fault }) => fault.signature),
    ['bad', 'bad', undefined],
  )

  const named = platformAt()
  named.run((platform, now) => addFault(platform, { channel: 'wechat', outTradeNo: 'order_2', notify: { amountFen: 1 } }, now))
  named.paid('wechat', 'native')
  named.paid('wechat', 'native', { outTradeNo: 'order_2' })
  named.paid('alipay', 'page', { outTradeNo: 'order_2' })
  assert.deepEqual(
    named.due().map(({ fault }) => fault.amountFen),
    [undefined, 1, undefined],
  )
})
