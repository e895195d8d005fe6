/**
 * What every channel keeps to, on a platform that can be told to misbehave: one suite for all adapters and key modes.
 * Each test makes trades of its own.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkLifeMs, type Channel, type ChannelResult } from '../port.ts'
import { eventually } from './sandbox-platform.ts'
import { offered, paidTrade, valueOf, verified, type Subject } from './subject.ts'
import { newTrade, said } from './trades.ts'

export function tradeConformance(subject: Subject): void {
  const { name, channel, platform, shop, products, opensLate } = subject
  const [product] = products

  test(`${name}: what nobody asked for is not there, which proves nothing`, async () => {
    assert.deepEqual(valueOf(await channel.query('pay_nobody_knows_it')), { state: 'not_found' })
    assert.deepEqual(valueOf(await channel.queryRefund('pay_nobody_knows_it', 'ref_nobody_knows_it')), { state: 'not_found' })
    assert.equal((await channel.close('pay_nobody_knows_it')).kind, 'ok')
    // WeChat Pay refuses days older than three months.
    assert(['{"state":"none"}', 'rejected PARAM_ERROR'].includes(said(await channel.fetchBill('2026-01-01'))))
  })

  for (const each of products) {
    test(`${name}: ${each}: offered, paid, notified; the query says the same as the notification`, async () => {
      const { paymentId, link } = await offered(subject, { product: each })
      assert.deepEqual(valueOf(await channel.query(paymentId)), { state: opensLate ? 'not_found' : 'unpaid' })
      assert.equal(await platform.pay(link), 'paid')
      const { fact, notificationId } = verified(subject, (await shop.told())[0])
      assert.notEqual(notificationId, '')
      assert.ok(fact.kind === 'trade' && fact.trade.state === 'paid')
      assert.deepEqual([fact.paymentId, fact.trade.amountFen, fact.trade.currency], [paymentId, newTrade.amountFen, 'CNY'])
      assert.deepEqual(valueOf(await channel.query(paymentId)), fact.trade)
      // What is paid cannot be closed, only refunded.
      assert.equal((await channel.close(paymentId)).kind, 'rejected')
      assert.deepEqual(valueOf(await channel.query(paymentId)), fact.trade)
    })
  }

  test(`${name}: what is unpaid can be closed; a code that nobody has scanned cannot, and is paid late`, async () => {
    const { paymentId, link } = await offered(subject)
    assert.deepEqual(valueOf(await channel.close(paymentId)), { state: opensLate ? 'not_found' : 'closed' })
    assert.equal(await platform.pay(link), opensLate ? 'paid' : 'refused')
    assert.equal(valueOf(await channel.query(paymentId)).state, opensLate ? 'paid' : 'closed')
    if (opensLate) await shop.told()
  })

  if (channel.name === 'wechat') {
    test(`${name}: what is being paid, or could not be, is unpaid; what was taken back is closed`, async () => {
      const { paymentId } = await offered(subject)
      for (const [tradeState, state] of [
        ['USERPAYING', 'unpaid'],
        ['PAYERROR', 'unpaid'],
        ['REVOKED', 'closed'],
      ] as const) {
        const report = await platform.underFault({ channel: 'wechat', api: { operations: ['query'], tradeState } }, () => channel.query(paymentId))
        assert.deepEqual(valueOf(report), { state }, tradeState)
      }
    })
  }

  test(`${name}: after its time a trade takes no payment`, async () => {
    // A page's address says its time to whoever opens it; a code has it from when it was asked for.
    const { paymentId, link } = await offered(subject, { product: opensLate ? 'precreate' : product })
    await platform.advance(16 * 60_000)
    assert.equal(await platform.pay(link), 'refused')
    assert.notEqual(valueOf(await channel.query(paymentId)).state, 'paid')
  })

  test(`${name}: a code has its life; asked for anew under its number, the trade is paid with the new one`, async () => {
    for (const each of products) {
      const expiresAt = Date.now() + 10 * 60 * 60_000
      const { paymentId, link } = await offered(subject, { product: each, expiresAt })
      await platform.advance(Math.min(linkLifeMs[each], 5 * 60 * 60_000))
      assert.equal(await platform.pay(link), linkLifeMs[each] === Infinity ? 'paid' : 'refused', each)
      if (linkLifeMs[each] < Infinity) {
        const renewed = valueOf(await channel.create({ ...newTrade, product: each, expiresAt, paymentId }))
        assert.equal(await platform.pay(renewed), 'paid', each)
      }
      await shop.told()
    }
  })

  test(`${name}: a number that was paid is not offered again`, async () => {
    const { paymentId } = await paidTrade(subject)
    const again = await channel.create({ ...newTrade, paymentId, product: opensLate ? 'precreate' : product, expiresAt: Date.now() + 600_000 })
    assert.equal(again.kind, 'rejected')
  })
}

export function refundConformance(subject: Subject): void {
  const { name, channel, impatient, platform, shop, refundsLater } = subject

  test(`${name}: parts are refunded, each number once, never more than was paid`, async () => {
    const { paymentId } = await paidTrade(subject)
    const refundId = (index: number) => `ref_${paymentId}_${index}`
    const wanted = { paymentId, refundId: refundId(1), amountFen: 1_000, totalFen: newTrade.amountFen, reason: '少发一件' }
    const done = (amountFen: number) => JSON.stringify({ state: 'done', amountFen })
    // WeChat Pay's notice of a refund need not say whose it is.
    const [received] = await platform.underFault({ channel: 'wechat', notify: { merchantId: '' } }, async () => {
      assert.equal(said(await channel.refund(wanted)), refundsLater ? '{"state":"processing"}' : done(1_000))
      assert.equal(await settledRefund(subject, paymentId, refundId(1)), done(1_000))
      return shop.told()
    })
    const { fact } = verified(subject, received)
    assert.ok(fact.kind === 'refund')
    assert.deepEqual([fact.paymentId, fact.refundId, fact.refund.state], [paymentId, refundId(1), refundsLater ? 'done' : 'processing'])

    const again = valueOf(await channel.refund(wanted))
    assert.ok(again.state === 'processing' || again.state === 'done')
    assert.equal((await platform.trade(paymentId))?.refundedFen, 1_000)

    assert.equal((await channel.refund({ ...wanted, refundId: refundId(2), amountFen: 7_889 })).kind, 'rejected')
    assert.deepEqual(valueOf(await channel.queryRefund(paymentId, refundId(2))), { state: 'not_found' })

    // Too soon after the first one: WeChat Pay says when to come again, and Alipay no more than that it will not.
    const rest = { ...wanted, refundId: refundId(3), amountFen: 7_888 }
    assert.equal((await channel.refund(rest)).kind, channel.name === 'wechat' ? 'unknown' : 'rejected')
    assert.deepEqual(valueOf(await channel.queryRefund(paymentId, rest.refundId)), { state: 'not_found' })
    await platform.advance(channel.betweenRefundsMs)
    valueOf(await channel.refund(rest))
    assert.equal(await settledRefund(subject, paymentId, refundId(3)), done(7_888))
    // Refunded in full: it was paid all the same.
    assert.equal(valueOf(await channel.query(paymentId)).state, 'paid')
    if (refundsLater) await shop.told()
  })

  test(`${name}: an unpaid trade is not refunded`, async () => {
    const { paymentId } = await offered(subject)
    const wanted = { paymentId, refundId: `ref_${paymentId}`, amountFen: 1, totalFen: newTrade.amountFen, reason: '-' }
    assert.equal((await channel.refund(wanted)).kind, 'rejected')
  })

  test(`${name}: a refund that the platform gives up, or cannot pay out, is told as such`, async () => {
    for (const refundEnding of refundsLater ? ['abnormal', 'closed'] : []) {
      const { paymentId } = await paidTrade(subject)
      const wanted = { paymentId, refundId: `ref_${paymentId}`, amountFen: 100, totalFen: newTrade.amountFen, reason: '-' }
      await platform.underFault({ channel: channel.name, api: { refundEnding } }, () => channel.refund(wanted))
      assert.equal(await settledRefund(subject, paymentId, wanted.refundId), JSON.stringify({ state: refundEnding }))
      const { fact } = verified(subject, (await shop.told())[0])
      assert.ok(fact.kind === 'refund')
      assert.deepEqual(fact.refund, { state: refundEnding })
    }
  })

  test(`${name}: a query settles what was done without an answer, and what was not done`, async () => {
    for (const [api, of] of [
      [{ timeoutAfterCommit: true }, impatient],
      [{ status: 500, afterCommit: true }, channel],
      [{ errorCode: 'SYSTEM_ERROR', afterCommit: true }, channel],
    ] as const) {
      const { paymentId } = await paidTrade(subject)
      const wanted = { paymentId, refundId: `ref_${paymentId}`, amountFen: 500, totalFen: newTrade.amountFen, reason: '-' }
      assert.equal((await platform.underFault({ channel: channel.name, api: { errorCode: 'SYSTEM_ERROR' } }, () => channel.refund(wanted))).kind, 'unknown')
      assert.deepEqual(valueOf(await channel.queryRefund(paymentId, wanted.refundId)), { state: 'not_found' })
      assert.equal((await platform.underFault({ channel: channel.name, api }, () => of.refund(wanted))).kind, 'unknown')
      // At first it may not be known, which proves nothing; asked for again it is the same one.
      await platform.underFault({ channel: channel.name, api: { queryLagMs } }, async () => {
        assert.deepEqual(valueOf(await channel.queryRefund(paymentId, wanted.refundId)), { state: 'not_found' })
        assert.equal(said(await channel.refund(wanted)), '{"state":"processing"}')
        await platform.advance(queryLagMs)
        assert.equal(await settledRefund(subject, paymentId, wanted.refundId), JSON.stringify({ state: 'done', amountFen: 500 }))
      })
      assert.equal((await platform.trade(paymentId))?.refundedFen, 500)
      await shop.told()
    }
  })
}

/** For how long after it was done a refund can be unknown to a query: about ten seconds, says Alipay. */
const queryLagMs = 10_000

/** What a refund has come to; a second of the platform's time is enough for any. */
function settledRefund({ channel, platform }: Subject, paymentId: string, refundId: string): Promise<string> {
  return eventually(async () => {
    const result = await channel.queryRefund(paymentId, refundId)
    if (valueOf(result).state !== 'processing') return said(result)
    await platform.advance(1_000)
    return undefined
  })
}

/** What keeps an answer from being believed, or from coming: whether or not it was done, only a query tells. */
const brokenAnswers: readonly (readonly [name: string, waiting: 'channel' | 'impatient', api: object])[] = [
  ['no answer after it was done', 'impatient', { timeoutAfterCommit: true }],
  ['a late answer', 'impatient', { slowMs: 1_500 }],
  ['500', 'channel', { status: 500 }],
  ['503', 'channel', { status: 503 }],
  ['a bare 400', 'channel', { status: 400 }],
  ['a redirect', 'channel', { status: 302 }],
  ['no signature', 'channel', { unsigned: true }],
  ['a broken signature', 'channel', { signature: 'bad' }],
  ['a signature left out', 'channel', { signature: 'missing' }],
  ['another’s signature', 'channel', { signature: 'other-key' }],
  ['a probe', 'channel', { signature: 'probe' }],
  ['SYSTEM_ERROR', 'channel', { errorCode: 'SYSTEM_ERROR' }],
  ['too many calls', 'channel', { errorCode: 'FREQUENCY_LIMITED' }],
  ['not over yet', 'channel', { errorCode: 'IN_PROGRESS' }],
  ['500 after it was done', 'channel', { status: 500, afterCommit: true }],
  ['SYSTEM_ERROR after it was done', 'channel', { errorCode: 'SYSTEM_ERROR', afterCommit: true }],
]

export function brokenCallConformance(subject: Subject): void {
  const { name, channel, platform, shop } = subject

  test(`${name}: an answer that cannot be believed is unknown, for every call`, async () => {
    const { paymentId } = await paidTrade(subject)
    const { paymentId: unpaid } = await offered(subject)
    const product = channel.name === 'alipay' ? 'precreate' : 'native'
    const expiresAt = Date.now() + 600_000
    const refund = { paymentId, refundId: `ref_${paymentId}`, amountFen: 1, totalFen: newTrade.amountFen, reason: '-' }
    const calls: readonly (readonly [operation: string, call: (of: Channel) => Promise<ChannelResult<unknown>>])[] = [
      ['create', (of) => of.create({ ...newTrade, product, expiresAt, paymentId: `${unpaid}_x` })],
      ['query', (of) => of.query(paymentId)],
      ['close', (of) => of.close(unpaid)],
      ['refund', (of) => of.refund(refund)],
      ['queryRefund', (of) => of.queryRefund(paymentId, refund.refundId)],
      ['bill', (of) => of.fetchBill('2026-01-01')],
    ]
    for (const [broken, waiting, api] of brokenAnswers) {
      const outcomes = await platform.underFault({ channel: channel.name, api }, () =>
        Promise.all(calls.map(async ([operation, call]) => `${operation}: ${(await call(subject[waiting])).kind}`)),
      )
      assert.deepEqual(
        outcomes,
        calls.map(([operation]) => `${operation}: unknown`),
        broken,
      )
    }
    assert.equal(valueOf(await channel.query(paymentId)).state, 'paid')
    assert.equal((await platform.trade(paymentId))?.refundedFen, 1)
    verified(subject, (await shop.told())[0])
  })
}
