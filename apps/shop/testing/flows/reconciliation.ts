import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { codeOf, priceFen, until, type PaymentAnswer, type PayingShop, type StartPayingShop } from '../paying-shop.ts'

const productOf = { alipay: 'precreate', wechat: 'native' } as const
/** Bills of a day are out on the next one, after ten in the morning. */
const untilBillsAreOutMs = 36 * 60 * 60_000

interface Difference {
  readonly kind: string
  readonly paymentId: string
  readonly nextStep: string
  readonly needsPerson: boolean
}

const said = (paymentId: string, kind: string, needsPerson: boolean) => `${paymentId} ${kind}, ${needsPerson ? 'a person' : 'by itself'}`

/** As embedded, so on a cluster: whoever runs these says how a shop is started. */
export function reconciliationFlows(startPayingShop: StartPayingShop): void {
  describe("the platforms' bills, held against the books", () => {
    let shop: PayingShop
    before(async () => {
      shop = await startPayingShop()
    })
    after(() => shop.stop())

    /** The payments of these tests: a shop that lives longer than they has others, too. */
    const held = new Set<string>()

    for (const channel of ['alipay', 'wechat'] as const) {
      test(`${channel}: each class of difference is found and takes its next step; what agrees is left alone`, async () => {
        const customer = await shop.newCustomer()
        const begin = async (): Promise<PaymentAnswer> => customer.begin((await customer.order()).orderId, channel, productOf[channel])
        const strike = (payment: PaymentAnswer, fault: object) => shop.platforms.call('POST', '/sandbox/faults', { outTradeNo: payment.paymentId, ...fault })
        const stateOf = async ({ orderId }: PaymentAnswer) => (await customer.read(orderId)).state
        const [agreed, refunded, unsure, lost, missing, dearer] = [await begin(), await begin(), await begin(), await begin(), await begin(), await begin()]
        const all = [agreed, refunded, unsure, lost, missing, dearer]
        for (const { paymentId } of all) held.add(paymentId)
        await strike(lost, { notify: { drop: true } })
        const strikeBills = async () => {
          await strike(missing, { bill: { omit: true } })
          await strike(dearer, { bill: { amountFen: priceFen + 1 } })
        }
        await strikeBills()
        for (const payment of all) await shop.platforms.call('POST', '/sandbox/pay', codeOf(payment))
        for (const payment of [agreed, refunded, unsure, missing, dearer]) await until(() => stateOf(payment), 'paid')
        await shop.refund(refunded.orderId, 'back', 500)
        await until(() => stateOf(refunded), 'partially_refunded')
        // The platform gives it back, and of that nothing arrives here.
        await strike(unsure, { api: { operations: ['refund'], timeoutAfterCommit: true } })
        await strike(unsure, { api: { operations: ['queryRefund'], status: 500 } })
        await strike(unsure, { notify: { drop: true } })
        await shop.refund(unsure.orderId, 'unsure', 700)
        await until(async () => (await shop.trade(unsure.paymentId))?.refundedFen, 700)
        assert.equal(await stateOf(lost), 'awaiting_payment')

        const { paidAt = 0 } = (await shop.trade(agreed.paymentId)) ?? {}
        const date = new Date(paidAt + 8 * 60 * 60_000).toISOString().slice(0, 10)
        const reconcile = () => shop.call('POST', '/admin/reconciliations', { token: shop.adminToken, body: { channel, date } })
        const early = await reconcile()
        assert.deepEqual([early.status, early.body['code']], [409, 'no_bill'])
        await shop.platforms.call('POST', '/sandbox/clock', { advanceMs: untilBillsAreOutMs })

        const differences = async () => {
          const answer = await reconcile()
          assert.equal(answer.status, 200, answer.text)
          const found = answer.body['differences'] as readonly Difference[]
          return found.map(({ kind, paymentId, needsPerson }) => said(paymentId, kind, needsPerson)).toSorted()
        }
        const remaining = [said(missing.paymentId, 'ours_only', false), said(dearer.paymentId, 'amount_differs', true)]
        const found = [said(lost.paymentId, 'theirs_only', false), said(unsure.paymentId, 'state_differs', false), ...remaining]
        assert.deepEqual(await differences(), found.toSorted())
        await until(() => stateOf(lost), 'paid')
        await shop.platforms.call('DELETE', '/sandbox/faults')
        await strikeBills()
        await until(async () => (await differences()).includes(said(unsure.paymentId, 'state_differs', false)), false)
        await until(async () => (await customer.read(unsure.orderId)).refundedFen, 700)
        await until(differences, remaining.toSorted())
        assert.equal(await stateOf(agreed), 'paid')
      })
    }

    test('afterwards only what the bills say of prices waits for a person, and the books are clean', async () => {
      const { items } = (await shop.call('GET', '/admin/quarantine', { token: shop.adminToken })).body as {
        items: readonly { paymentId: string; reason: string }[]
      }
      assert.deepEqual(
        items.filter(({ paymentId }) => held.has(paymentId)).map(({ reason }) => reason),
        ['amount_differs', 'amount_differs'],
      )
      await shop.assertCleanAudit()
    })
  })
}
