/** What a platform sends by itself: notifications, right and wrong; and its bills. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { beijingText } from '../platform-time.ts'
import type { ParsedNotification } from '../port.ts'
import { offered, paidTrade, parsed, valueOf, verified, type Subject } from './subject.ts'
import { newTrade } from './trades.ts'

/** What goes wrong on the way, and what each channel's reader makes of it. */
const wrongNotifications: readonly (readonly [notify: object, alipay: string, wechat: string])[] = [
  [{}, 'paid', 'paid'],
  [{ signature: 'bad' }, 'bad_signature', 'bad_signature'],
  [{ signature: 'missing' }, 'unsigned', 'unsigned'],
  [{ signature: 'probe' }, 'bad_signature', 'bad_signature'],
  [{ signature: 'other-key' }, 'bad_signature', 'bad_signature'],
  // Alipay's retries span a day, and nothing signed says when they were sent: their ids are remembered instead.
  [{ signature: 'stale' }, 'paid', 'stale'],
  [{ appId: '2021000000000009' }, 'not_ours', 'not_ours'],
  [{ merchantId: '2088000000000009' }, 'not_ours', 'not_ours'],
  // Signed and ours, but not true: for the payment service to compare.
  [{ amountFen: 1 }, 'paid 1', 'paid 1'],
  [{ tradeNo: 'another_trade' }, 'paid as another_trade', 'paid as another_trade'],
  [{ merchantId: '' }, 'not_ours', 'not_ours'],
  [{ outTradeNo: 'somebody_elses_order' }, 'paid of somebody_elses_order', 'paid of somebody_elses_order'],
  [{ currency: 'USD' }, 'paid', 'paid in USD'],
  [{ tamperedCiphertext: true }, 'paid', 'bad_signature'],
  [{ emptyAssociatedData: true }, 'paid', 'paid'],
]

export function notificationConformance(subject: Subject): void {
  const { name, channel, platform, shop, holdsPublicKey } = subject

  test(`${name}: every wrong notification is refused, and every right one believed`, async () => {
    for (const [notify, alipay, wechat] of wrongNotifications) {
      const fault = { channel: channel.name, notify: { duplicate: 1, ...notify } }
      const { paymentId, received } = await platform.underFault(fault, () => paidTrade(subject))
      const expected = channel.name === 'alipay' ? alipay : wechat
      // The copy has a signature of its own.
      for (const each of [received, ...(await shop.told())]) assert.equal(told(paymentId, parsed(subject, each)), expected, JSON.stringify(notify))
    }
  })

  test(`${name}: a delivery twice has one id; a copy under another id is another`, async () => {
    for (const [isRenamed, ids] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const notify = { duplicate: 1, ...(isRenamed ? { duplicateWithNewId: true } : {}) }
      const { received } = await platform.underFault({ channel: channel.name, notify }, () => paidTrade(subject))
      const notifications = [verified(subject, received), verified(subject, (await shop.told())[0])]
      assert.equal(new Set(notifications.map(({ notificationId }) => notificationId)).size, ids)
      assert.deepEqual(notifications[0]?.fact, notifications[1]?.fact)
    }
  })

  test(`${name}: a changed byte breaks a notification; a replay is too old, or has the id of the first`, async () => {
    const { received } = await paidTrade(subject)
    const { body } = received
    const changed = channel.name === 'alipay' ? body.replace('out_trade_no=pay_', 'out_trade_no=pax_') : body.replace('TRANSACTION', 'TRANSACTIOM')
    assert.notEqual(changed, body)
    assert.equal(told('', parsed(subject, { ...received, body: changed })), 'bad_signature')
    const replayed = parsed(subject, received, Date.now() + 301_000)
    if (channel.name === 'wechat') assert.equal(told('', replayed), 'stale')
    else assert.deepEqual(replayed, { kind: 'verified', notification: verified(subject, received) })
  })

  test(`${name}: what is lost on the way is found by a query, and told again by the platform`, async () => {
    await platform.underFault({ channel: channel.name, notify: { drop: true } }, async () => {
      const { paymentId, link } = await offered(subject)
      assert.equal(await platform.pay(link), 'paid')
      assert.equal(valueOf(await channel.query(paymentId)).state, 'paid')
    })
    await platform.advance(5 * 60_000)
    verified(subject, (await shop.told())[0])
  })

  test(`${name}: notifications are believed under every key that is held, and under no other`, async () => {
    for (const share of [0, 0.5, 1]) {
      await platform.signWithPublicKey(share)
      for (let index = 0; index < 3; index++) {
        const { paymentId, received } = await paidTrade(subject)
        const isHeld = holdsPublicKey || received.headers['wechatpay-serial']?.toString().startsWith('PUB_KEY_ID') !== true
        assert.equal(told(paymentId, parsed(subject, received)), isHeld ? 'paid' : 'unknown_key')
      }
    }
    await platform.signWithPublicKey(holdsPublicKey ? 0.5 : 0)
  })
}

function told(paymentId: string, result: ParsedNotification): string {
  if (result.kind === 'refused') return result.because
  const { fact } = result.notification
  if (fact.kind !== 'trade' || fact.trade.state !== 'paid') return fact.kind
  const { amountFen, currency, tradeNo } = fact.trade
  const surprises = [
    amountFen === newTrade.amountFen ? '' : ` ${amountFen}`,
    tradeNo === 'another_trade' ? ` as ${tradeNo}` : '',
    currency === 'CNY' ? '' : ` in ${currency}`,
    fact.paymentId === paymentId ? '' : ` of ${fact.paymentId}`,
  ]
  return `paid${surprises.join('')}`
}

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

export function billConformance(subject: Subject): void {
  const { name, channel, platform, shop } = subject

  test(`${name}: the bill of a day has its payments and refunds, to the fen`, async () => {
    // To one o'clock in the morning of the platform's next day, so that all is on one day.
    await platform.advance(dayMs - (((await platform.now()) + 8 * hourMs) % dayMs) + hourMs)
    const { paymentId, received } = await paidTrade(subject)
    const { fact } = verified(subject, received)
    assert.ok(fact.kind === 'trade' && fact.trade.state === 'paid')
    const refundId = `ref_${paymentId}`
    assert.equal((await channel.refund({ paymentId, refundId, amountFen: 1_234, totalFen: newTrade.amountFen, reason: '-' })).kind, 'ok')
    await shop.told()
    const date = beijingText(await platform.now()).slice(0, 10)
    assert.deepEqual(valueOf(await channel.fetchBill(date)), { state: 'none' })

    await platform.advance(2 * dayMs)
    const entriesOf = async () => {
      const bill = valueOf(await channel.fetchBill(date))
      assert(bill.state === 'made')
      return bill.entries.filter((entry) => entry.paymentId === paymentId)
    }
    const entries = await entriesOf()
    const { tradeNo, paidAt } = fact.trade
    assert.deepEqual(
      entries.map(({ at, ...entry }) => [entry, at >= paidAt && at < paidAt + hourMs]),
      [
        [{ kind: 'payment', paymentId, tradeNo, refundId: '', amountFen: newTrade.amountFen }, true],
        [{ kind: 'refund', paymentId, tradeNo, refundId, amountFen: 1_234 }, true],
      ],
    )
    // The file is fetched by itself, and by whoever says so under no signature of its own.
    for (const api of [{ status: 500 }, { status: 503 }, { status: 302 }, { file: 'truncated' }, { file: 'changed' }, { file: 'empty' }]) {
      const broken = await platform.underFault({ channel: channel.name, api: { operations: ['billFile'], ...api } }, () => channel.fetchBill(date))
      assert.equal(broken.kind, 'unknown', JSON.stringify(api))
    }
    const changed = await platform.underFault({ outTradeNo: paymentId, bill: { amountFen: 1 } }, entriesOf)
    assert.deepEqual(
      changed.map(({ amountFen }) => amountFen),
      [1, 1],
    )
  })
}
