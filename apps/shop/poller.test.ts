import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMovableShop } from './testing/movable-shop.ts'
import { codeOf, until, type PaymentAnswer } from './testing/paying-shop.ts'

/** By then a poller that looks every second has looked. */
const lookedMs = 1_500
/** More than the test itself may take until a pause is over. */
const slackMs = 20_000

test('no notification arrives: platforms are asked within a minute, then after growing pauses; at the end of its time a payment is closed', async (context) => {
  const shop = await startMovableShop({ UNPAID_TIMEOUT_MS: '600000' })
  context.after(shop.stop)
  const customer = await shop.newCustomer()
  const [paid, unpaid] = [await customer.order(), await customer.order()]
  const payment = await customer.begin(paid.orderId, 'alipay', 'precreate')
  const open = await customer.begin(unpaid.orderId, 'wechat', 'native')
  await shop.platforms.call('POST', '/sandbox/pay', codeOf(payment))
  const askedAbout = async ({ paymentId }: PaymentAnswer) => shop.asked.filter((asked) => asked === paymentId).length

  await sleep(lookedMs)
  assert.deepEqual(shop.asked, [])
  await shop.forward(30_000)
  await until(async () => (await customer.read(paid.orderId)).state, 'paid')
  await until(() => shop.logged(paid.orderId), ['order.paid', 'payment.paid'])

  for (const [asked, pauseMs] of [60_000, 120_000].entries()) {
    await until(() => askedAbout(open), asked + 1)
    await shop.forward(pauseMs - slackMs)
    await sleep(lookedMs)
    assert.equal(await askedAbout(open), asked + 1)
    await shop.forward(slackMs)
  }
  await until(() => askedAbout(open), 3)
  await shop.forward(400_000)
  await until(async () => (await customer.read(unpaid.orderId)).state, 'cancelled')
  await until(async () => (await customer.payment(open.paymentId)).state, 'closed')
  assert.equal((await shop.trade(open.paymentId))?.state, 'closed')
  assert.equal(await askedAbout(payment), 1)
})
