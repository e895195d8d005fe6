import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { assertBooks } from './testing/books.ts'
import { eventually } from './testing/eventually.ts'
import { beginPayments, importPayers, payAll, refundAll } from './testing/payers.ts'
import {
  assertAcknowledgedTakesEffect,
  assertMoneySettles,
  assertRefundsAreTheSame,
  isPaid,
  retriesAfterMs,
  takesEffectWithinMs,
  type PaymentHistory,
} from './testing/payment-effects.ts'
import { callPlatforms, type Platforms } from './testing/platforms.ts'
import { lastingPort, startProgram, startSandboxProgram, type Environment, type Program } from './testing/program.ts'
import { testOnRealStores } from './testing/real-stores.ts'
import { callShop } from './testing/shop-calls.ts'

const ordersPerRound = 50
/** In the middle of notifications and of refunds: another moment every time. */
const killAfterAcknowledged = () => 3 + Math.random() * 25
/** Whose refunds WeChat Pay refuses, it wants to be left alone about for a minute. */
const outages = [{ api: { operations: ['query', 'close'], status: 500 } }, { channel: 'alipay', api: { operations: ['refund', 'queryRefund'], status: 500 } }]
/** Longer than the platforms' clock is put forward in all. */
const unpaidTimeoutMs = 60 * 60_000

/**
 * Orders and payments; then the platforms say at once what they could not say before, further customers pay, an operator
 * refunds what earlier rounds have paid: and the shop dies under all of it.
 */
async function payUntilKilled(program: Program, sandbox: Platforms, { begun, promised }: PaymentHistory, round: number): Promise<void> {
  const shop = await callShop(program)
  await importPayers(shop)
  const paidBefore = [...(await shop.allOrders()).values()].filter(isPaid).map(({ orderId }) => orderId)
  const numbers = Array.from({ length: ordersPerRound }, (_, index) => round * ordersPerRound + index)
  const payments = await beginPayments(program, shop, numbers)
  for (const payment of payments) begun.set(payment.paymentId, payment)
  const heardLate = payments.filter((_, index) => index % 3 > 0)
  await sandbox.call('POST', '/sandbox/faults', { notify: { drop: true } })
  await payAll(sandbox, heardLate, () => false)
  await sandbox.call('DELETE', '/sandbox/faults')

  let isDead = false
  const paying = payAll(
    sandbox,
    payments.filter((payment) => !heardLate.includes(payment)),
    () => isDead,
  )
  const refunding = refundAll(shop, paidBefore, (refund) => promised.set(refund.refundId, refund))
  const heardBefore = await acknowledgedCount(sandbox)
  const enough = heardBefore + killAfterAcknowledged()
  await sandbox.call('POST', '/sandbox/clock', { advanceMs: retriesAfterMs })
  const refundsBefore = promised.size
  const isEnough = async () => (await acknowledgedCount(sandbox)) >= enough && (round === 0 || promised.size > refundsBefore)
  await eventually('notifications acknowledged, and a refund promised', takesEffectWithinMs, async () => ((await isEnough()) ? [] : [enough]), 2)
  await program.kill()
  isDead = true
  await Promise.all([paying, refunding])
}

async function acknowledgedCount(sandbox: Platforms): Promise<number> {
  return (await sandbox.deliveries()).filter(({ state }) => state === 'acknowledged').length
}

async function crashAndCheck(environment: Environment, kills: number): Promise<void> {
  const history: PaymentHistory = { begun: new Map(), promised: new Map() }
  const sandboxProgram = await startSandboxProgram(environment)
  // Trades name where they notify: the shop comes back to the same place. On any port, as it uses the sandbox that runs.
  const onSamePlace = { ...environment, PORT: String(await lastingPort()), SANDBOX_PORT: '0', UNPAID_TIMEOUT_MS: String(unpaidTimeoutMs) }
  const sandbox = callPlatforms(sandboxProgram)
  let program: Program | undefined
  let acknowledged = 0
  try {
    for (let round = 0; round < kills; round++) {
      program ??= await startProgram(onSamePlace)
      await payUntilKilled(program, sandbox, history, round)
      for (const outage of outages) await sandbox.call('POST', '/sandbox/faults', outage)
      program = await startProgram(onSamePlace)
      acknowledged = await assertAcknowledgedTakesEffect(await callShop(program), sandbox, history)
      await sandbox.call('DELETE', '/sandbox/faults')
    }
    assert.ok(program !== undefined)
    const shop = await callShop(program)
    await assertMoneySettles(shop, sandbox, history)
    await assertRefundsAreTheSame(shop, history)
    await assertBooks(program, shop, sandbox)
    assert.ok(acknowledged > 0 && history.promised.size > 0, `${acknowledged} notifications, ${history.promised.size} refunds`)
  } finally {
    await program?.kill()
    await sandboxProgram.kill()
  }
}

// Both stores at once: most of the time is pauses before a platform may be asked again.
describe('kill -9 while the platforms notify, restart: what was acknowledged takes effect, once', { concurrency: true }, () => {
  testOnRealStores(crashAndCheck)
})
