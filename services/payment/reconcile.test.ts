import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BillEntry } from '@suanpan/channels'
import { describeOnEveryEngine } from '@suanpan/runtime/store/testing'
import { engine, noon, paymentsOn, testWorld, type Payments } from './testing/index.ts'

/** A payment of 100 fen, paid at the platform, and known here unless its notification is lost. */
async function paidOn(payments: Payments, orderId: string, isLost = false): Promise<string> {
  payments.orders.put(orderId)
  const paymentId = await payments.begin(orderId)
  payments.alipay.pay(paymentId)
  if (!isLost) await payments.notify(payments.alipay.tell(paymentId))
  payments.orders.put(orderId, { state: 'ORDER_STATE_PAID', paymentId })
  return paymentId
}

/** The same, and the refund `rf_1` of 30 fen of it, which ended so here. */
async function refundedOn(payments: Payments, ending: 'done' | 'closed' | 'abnormal'): Promise<string> {
  const paymentId = await paidOn(payments, 'ord_1')
  payments.alipay.refundsEnd(ending)
  await payments.askRefunds(paymentId, ['rf_1', 30])
  await payments.elapse(1_000)
  return paymentId
}

function line(paymentId: string, change: Partial<BillEntry> = {}): BillEntry {
  return { kind: 'payment', paymentId, tradeNo: `trade-${paymentId}`, refundId: '', amountFen: 100, at: noon, ...change }
}

describeOnEveryEngine(engine, (open) => {
  test('a day that agrees', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await paidOn(payments, 'ord_1')
    await payments.askRefunds(paymentId, ['rf_1', 30])
    await payments.elapse(1_000)
    payments.orders.put('ord_1', { platformRefundedFen: 30 })
    payments.alipay.publishBill([line(paymentId), line(paymentId, { kind: 'refund', refundId: 'rf_1', amountFen: 30 })])
    assert.deepEqual(await payments.reconcile(), { outcome: 'DONE', billEntries: 2, matched: 2, differences: [], paidFen: 100, refundedFen: 30 })
  })

  test('each class of difference has its next step, and doing it again doubles nothing', async () => {
    const payments = paymentsOn(await open())
    const lost = await paidOn(payments, 'ord_lost', true)
    const unbilled = await paidOn(payments, 'ord_unbilled')
    const other = await paidOn(payments, 'ord_other')
    const refunding = await paidOn(payments, 'ord_refunding')
    payments.alipay.failNext('refund', 'lost')
    await payments.askRefunds(refunding, ['rf_1', 30])
    await payments.elapse(1_000)
    payments.alipay.publishBill([
      line(lost),
      line('pay_of_nobody'),
      line(other, { amountFen: 99 }),
      line(refunding),
      line(refunding, { kind: 'refund', refundId: 'rf_1', amountFen: 30 }),
      line(refunding, { kind: 'refund', refundId: 'rf_of_nobody', amountFen: 1 }),
    ])
    const first = await payments.reconcile()
    assert.deepEqual(
      [first.matched, first.differences.toSorted()],
      [
        1,
        [
          'AMOUNT_DIFFERS: in the quarantine: a person decides',
          'OURS_ONLY: the platform confirms it: look for it in the bill of the day before or after',
          'STATE_DIFFERS: the platform was asked, and the refund is settled',
          'THEIRS_ONLY: in the quarantine: a person decides',
          'THEIRS_ONLY: in the quarantine: a person decides',
          'THEIRS_ONLY: settled as a lost notification',
        ],
      ],
    )
    assert.equal(await payments.state(lost), 'paid')
    assert.equal((await payments.refund('rf_1'))?.state, 'done')
    payments.orders.put('ord_refunding', { platformRefundedFen: 30 })
    const published = await payments.published()
    const second = await payments.reconcile()
    assert.deepEqual([second.matched, second.differences.length], [3, 4])
    assert.deepEqual(await payments.published(), published)
    assert.deepEqual((await payments.quarantine()).map(({ reason }) => reason).toSorted(), ['amount_differs', 'unknown_payment', 'unknown_refund'])
    assert.equal(await payments.state(unbilled), 'paid')
    assert.deepEqual(await payments.violations(), [])
  })

  test('a payment that its order does not show, and a surplus that is on its way back', async () => {
    const payments = paymentsOn(await open())
    const [unseen, surplus] = [await paidOn(payments, 'ord_1'), await paidOn(payments, 'ord_2')]
    for (const orderId of ['ord_1', 'ord_2']) payments.orders.put(orderId, { state: 'ORDER_STATE_CANCELLED', paymentId: '' })
    await payments.sayIsSurplus(surplus)
    payments.alipay.publishBill([line(unseen), line(surplus)])
    const before = (await payments.published('payment.paid')).length
    const { matched, differences } = await payments.reconcile()
    assert.equal(matched, 1)
    assert.match(differences.join(), /^STATE_DIFFERS: the order was told again/)
    await payments.reconcile()
    assert.equal((await payments.published('payment.paid')).length, before + 1)
  })

  test('a payment that we have and the bill has not: confirmed only by a platform that says it was paid, or that closed what was given back', async () => {
    const left = 'ask it for a new bill, then a person decides'
    const cases = [
      { name: 'the platform does not know it, and its time is over', said: `the platform was asked and says that it was not paid: ${left}` },
      { name: 'closed', said: `the platform was asked and says that it was not paid: ${left}` },
      { name: 'closed, and a part is to go back', refundFen: 30, said: `the platform was asked and says that it was not paid: ${left}` },
      { name: 'closed, and all of it is to go back', refundFen: 100, said: 'the platform confirms it: look for it in the bill of the day before or after' },
      { name: 'silent', said: 'the platform was asked and says nothing certain: reconcile this day again' },
    ]
    for (const { name, refundFen = 0, said } of cases) {
      const payments = paymentsOn(await open())
      payments.orders.put('ord_1')
      const paymentId = await payments.begin('ord_1')
      await payments.notify(payments.alipay.tell(paymentId, { paidAt: noon }))
      if (refundFen > 0) await payments.askRefunds(paymentId, ['rf_1', refundFen])
      await payments.clock.advance(86_400_000)
      if (name.startsWith('closed')) {
        payments.alipay.scan(paymentId)
        await payments.alipay.channel.close(paymentId)
      }
      if (name === 'silent') payments.alipay.failNext('query', 'silent')
      payments.alipay.publishBill([])
      assert.deepEqual((await payments.reconcile()).differences, [`OURS_ONLY: ${said}`], name)
    }
  })

  test('a refund that is done here and not in the bill: the platform is asked, and nothing is asked for again', async () => {
    const cases = [
      { platform: 'done', said: 'OURS_ONLY: the platform confirms it: look for it in the bill of the day before or after' },
      { platform: 'closed', said: 'OURS_ONLY: the platform was asked and does not confirm it: ask it for a new bill, then a person decides' },
      { platform: 'processing', said: 'OURS_ONLY: the platform was asked and says nothing certain: reconcile this day again' },
    ] as const
    for (const { platform, said } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await refundedOn(payments, 'done')
      payments.alipay.endRefund('rf_1', platform)
      payments.alipay.publishBill([line(paymentId)])
      assert.deepEqual((await payments.reconcile()).differences, [said])
      assert.deepEqual(
        payments.alipay.calls.filter((call) => call.includes('efund')),
        ['refund rf_1 30', 'queryRefund rf_1'],
      )
      assert.equal((await payments.refund('rf_1'))?.state, 'done')
    }
  })

  test('a refund in the bill that waits for a person here: under way where the platform says so, and otherwise still a person’s', async () => {
    const cases = [
      { platform: 'processing', said: 'STATE_DIFFERS: the platform was asked, and says no end yet: it is asked again by itself', left: 'asked' },
      { platform: 'silent', said: 'STATE_DIFFERS: in the quarantine: a person decides', left: 'stuck' },
    ] as const
    for (const { platform, said, left } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await refundedOn(payments, 'abnormal')
      payments.alipay.endRefund('rf_1', 'processing')
      if (platform === 'silent') payments.alipay.failNext('queryRefund', 'silent')
      payments.alipay.publishBill([line(paymentId), line(paymentId, { kind: 'refund', refundId: 'rf_1', amountFen: 30 })])
      assert.deepEqual((await payments.reconcile()).differences, [said])
      assert.equal((await payments.refund('rf_1'))?.state, left)
    }
  })

  test('a refund in the bill that came to nothing here: the platform says whether it did, and the bill alone is no proof', async () => {
    const cases = [
      { platform: 'closed', said: 'STATE_DIFFERS: the platform was asked, and gave it up: nothing went back', reasons: [] },
      {
        platform: 'done',
        said: 'STATE_DIFFERS: the platform was asked and does not say that it gave it up: see the quarantine, then a person decides',
        reasons: ['refund_after_refusal'],
      },
      { platform: 'processing', said: 'STATE_DIFFERS: the platform was asked and says nothing certain: reconcile this day again', reasons: [] },
    ] as const
    for (const { platform, said, reasons } of cases) {
      const payments = paymentsOn(await open())
      const paymentId = await refundedOn(payments, 'closed')
      assert.equal((await payments.refund('rf_1'))?.state, 'failed')
      payments.alipay.endRefund('rf_1', platform)
      payments.alipay.publishBill([line(paymentId), line(paymentId, { kind: 'refund', refundId: 'rf_1', amountFen: 30 })])
      assert.deepEqual((await payments.reconcile()).differences, [said])
      assert.deepEqual(
        (await payments.quarantine()).map(({ reason }) => reason),
        reasons,
      )
    }
  })

  test('without a bill, without a platform, without the orders: nothing is concluded', async () => {
    const payments = paymentsOn(await open())
    assert.equal((await payments.reconcile()).outcome, 'NO_BILL')
    payments.alipay.failNext('fetchBill', 'rejected')
    assert.equal((await payments.reconcile()).outcome, 'BILL_REFUSED')
    payments.alipay.failNext('fetchBill', 'silent')
    assert.equal((await payments.reconcile()).outcome, 'UNAVAILABLE')
    const paymentId = await paidOn(payments, 'ord_1')
    payments.alipay.publishBill([line(paymentId)])
    payments.orders.goAway(true)
    assert.equal((await payments.reconcile()).outcome, 'UNAVAILABLE')
    payments.orders.goAway(false)
    assert.equal((await payments.reconcile()).matched, 1)
  })

  test('a day larger than what is held against our books at a time', async () => {
    const payments = paymentsOn(await open())
    const orderIds = Array.from({ length: 1_100 }, (_, index) => `ord_${index}`)
    for (const orderId of orderIds) payments.orders.put(orderId)
    const paymentIds = await Promise.all(orderIds.map((orderId) => payments.begin(orderId)))
    for (const [index, paymentId] of paymentIds.entries()) {
      payments.alipay.pay(paymentId)
      payments.orders.put(`ord_${index}`, { state: 'ORDER_STATE_PAID', paymentId })
    }
    await payments.notify(...paymentIds.slice(0, 900).map((paymentId) => payments.alipay.tell(paymentId)))
    // The first is missing in the bill, the last 200 were lost here.
    payments.alipay.publishBill(paymentIds.slice(1).map((paymentId) => line(paymentId)))
    const { matched, differences } = await payments.reconcile()
    assert.deepEqual([matched, differences.length], [899, 201])
    assert.equal((await payments.reconcile()).matched, 1_099)
    assert.equal((await payments.published('payment.paid')).length, 1_100)
  })

  test('a bill that is missing is worth a warning only where something of ours should be in it', async () => {
    const payments = paymentsOn(await open())
    const twoDaysMs = 2 * 86_400_000
    await payments.elapse(twoDaysMs, twoDaysMs)
    payments.start()
    await payments.clock.advance(600_000)
    await payments.settled()
    assert.deepEqual(payments.warnings, [])
    await paidOn(payments, 'ord_1')
    await payments.elapse(twoDaysMs, twoDaysMs)
    payments.start()
    await payments.clock.advance(600_000)
    await payments.settled()
    assert.deepEqual(payments.warnings, ['a bill could not be reconciled yet; it is tried again'])
  })

  /** A payment that is known here and not to the bill of its day, which is out, and about which the platform does not answer. */
  async function doubtfulOn(payments: Payments): Promise<string> {
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    await payments.notify(payments.alipay.tell(paymentId, { paidAt: noon }))
    payments.alipay.publishBill([])
    payments.wechat.publishBill([])
    await payments.clock.advance(86_400_000)
    return paymentId
  }

  const hourMs = 3_600_000

  /** The service looks for bills once, at the end of that time. */
  async function lookAfter(payments: Payments, durationMs: number): Promise<void> {
    const lookEveryMs = 600_000
    await payments.clock.advance(durationMs - lookEveryMs)
    payments.start()
    await payments.clock.advance(lookEveryMs)
    await payments.settled()
  }

  const newsOf = (payments: Payments) => payments.warnings.splice(0).filter((warning) => warning.startsWith('a bill'))

  const isUncertain = 'a bill was reconciled, and a platform said nothing certain of some of it; it is reconciled again'

  const isPersons = 'a bill differs from our books, and a person has to look'

  test('a day of which a platform said nothing certain is reconciled again, every hour, until it does; who has to look is told, once', async () => {
    const payments = paymentsOn(await open())
    const paymentId = await doubtfulOn(payments)
    const questions = () => payments.alipay.calls.filter((call) => call === `query ${paymentId}`).length
    payments.alipay.failNext('query', 'silent', 'silent')
    await lookAfter(payments, hourMs)
    assert.deepEqual([questions(), newsOf(payments)], [1, [isUncertain]])
    await lookAfter(payments, hourMs / 2)
    assert.deepEqual([questions(), newsOf(payments)], [1, []])
    await lookAfter(payments, hourMs / 2)
    assert.deepEqual([questions(), newsOf(payments)], [2, [isUncertain]])
    await lookAfter(payments, hourMs)
    assert.deepEqual([questions(), newsOf(payments)], [3, [isPersons]])
    await lookAfter(payments, hourMs)
    assert.deepEqual([questions(), newsOf(payments)], [3, []])
  })

  test('what stays uncertain as long as a day is reconciled by itself is left to a person, once, and then the day is at rest', async () => {
    const payments = paymentsOn(await open())
    await doubtfulOn(payments)
    payments.alipay.failNext('query', ...Array.from({ length: 10 }, () => 'rejected' as const))
    const fetched = () => payments.alipay.calls.filter((call) => call === 'fetchBill 2026-11-26').length
    for (const day of [1, 2, 3]) {
      await lookAfter(payments, day === 1 ? hourMs : 24 * hourMs)
      assert.deepEqual([fetched(), newsOf(payments)], [day, [isUncertain]])
    }
    await lookAfter(payments, 24 * hourMs)
    assert.deepEqual([fetched(), newsOf(payments)], [4, [isPersons]])
    await lookAfter(payments, hourMs)
    assert.deepEqual([fetched(), newsOf(payments)], [4, []])
  })

  test('a person who reconciles a day that is not reconciled by itself any more is told at once of what is uncertain', async () => {
    for (const why of ['too long ago', 'done before']) {
      const payments = paymentsOn(await open())
      await doubtfulOn(payments)
      if (why === 'too long ago') await payments.clock.advance(10 * 24 * hourMs)
      else {
        await payments.reconcile()
        assert.deepEqual(newsOf(payments), [isPersons], why)
      }
      payments.alipay.failNext('query', 'silent')
      assert.match((await payments.reconcile()).differences.join(), /^OURS_ONLY: the platform was asked and says nothing certain/)
      assert.deepEqual(newsOf(payments), [isPersons], why)
    }
  })

  test('a day that is not over may be reconciled by a person, and is again once its bill is out', async () => {
    const payments = paymentsOn(await open())
    payments.orders.put('ord_1')
    const paymentId = await payments.begin('ord_1')
    await payments.notify(payments.alipay.tell(paymentId, { paidAt: noon }))
    payments.alipay.publishBill([])
    payments.alipay.failNext('query', 'silent')
    await payments.reconcile()
    assert.deepEqual(newsOf(payments), [isUncertain])
  })

  test('a bill that cannot be dealt with holds up neither older days nor the other platform', async () => {
    const payments = paymentsOn(await open(), testWorld(), (bus) => ({ ...bus, publishIff: () => Promise.reject(new Error('the disk is full')) }))
    payments.alipay.publishBill([line('pay_of_nobody')])
    payments.wechat.publishBill([])
    payments.start()
    await payments.clock.advance(600_000)
    await payments.settled()
    assert.deepEqual([payments.alipay.calls.length, payments.wechat.calls.length], [4, 4])
    assert.deepEqual(
      payments.warnings,
      Array.from({ length: 4 }, () => 'a bill could not be reconciled; it is tried again'),
    )
  })

  test('each day by itself, once its bill is out, and those that were missed', async () => {
    const payments = paymentsOn(await open())
    payments.alipay.publishBill([])
    await payments.elapse(600_000, 600_000)
    payments.start()
    await payments.clock.advance(600_000)
    await payments.settled()
    assert.deepEqual(
      payments.alipay.calls,
      ['2026-11-25', '2026-11-24', '2026-11-23', '2026-11-22'].map((date) => `fetchBill ${date}`),
    )
    payments.start()
    await payments.clock.advance(600_000)
    await payments.settled()
    assert.equal(payments.alipay.calls.length, 4)
    // The other platform has no bill yet: it is asked for again.
    assert.equal(payments.wechat.calls.length, 8)
  })
})
