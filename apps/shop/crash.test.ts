import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { startLoad } from '@suanpan/cli/load'
import { acknowledgedBy, brokenPromise, type Acknowledged } from './testing/acknowledged.ts'
import { prepareOrders, type RequestOf } from './testing/order-mix.ts'
import { startProgram, type Environment, type Program } from './testing/program.ts'
import { testOnRealStores } from './testing/real-stores.ts'
import { callShop, type ShopCalls } from './testing/shop-calls.ts'

const connections = 24
/** Long enough for a few hundred orders, and at random, so that it is another moment every time. */
const killAfterMs = () => 150 + Math.random() * 500
/** Orders of every kind, and more of the scarce ones than there are: a busy machine may need longer for them. */
const sentAtLeast = 150
/** By when, after a restart, every order is decided: the sweeper's and the leases' time, with plenty for a busy machine. */
const settleWithinMs = 60_000
/** A fifth of the usual, so that the test need not wait for what died. */
const shortDeadlines: Environment = { SAGA_DEADLINE_MS: '2000' }

interface Attempts {
  /** Everything a client was ever told, by the number of its request. */
  readonly acknowledged: Map<number, Acknowledged>
  /** Requests sent so far, answered or not. */
  sent: number
}

/** Sends new orders until the program dies under them. */
async function loadUntilKilled(program: Program, requestOf: RequestOf, attempts: Attempts): Promise<void> {
  const first = attempts.sent
  const run = startLoad({
    target: program,
    connections,
    requestOf: (index) => requestOf(first + index),
    onAnswer(index, answer) {
      const acknowledged = acknowledgedBy(answer)
      if (acknowledged !== undefined) attempts.acknowledged.set(first + index, acknowledged)
    },
  })
  await new Promise((resolve) => setTimeout(resolve, killAfterMs()))
  while (run.progress().sent < sentAtLeast) await new Promise((resolve) => setTimeout(resolve, 20))
  run.stop()
  await program.kill()
  attempts.sent += (await run.finished).sent
}

/** Sends every request again: who was told something is told the same, and who was not is told now. */
async function replayAll(program: Program, requestOf: RequestOf, attempts: Attempts): Promise<void> {
  const differing: string[] = []
  const { errors, outcomes } = await startLoad({
    target: program,
    connections,
    requestCount: attempts.sent,
    requestOf,
    onAnswer(index, answer) {
      const now = acknowledgedBy(answer)
      if (now === undefined) return
      const before = attempts.acknowledged.get(index) ?? now
      attempts.acknowledged.set(index, before)
      const isSame = now.status === before.status && now.orderId === before.orderId && (now.status === 202 || now.said === before.said)
      if (!isSame) differing.push(`request ${index} was answered ${JSON.stringify(before)}, now ${JSON.stringify(now)}`)
    },
  }).finished
  assert.deepEqual(differing.slice(0, 5), [])
  assert.equal(errors, 0, JSON.stringify([...outcomes]))
}

async function assertPromisesKept(shop: ShopCalls, { acknowledged }: Attempts): Promise<void> {
  const orders = await shop.allOrders()
  const broken = [...acknowledged.values()].flatMap((each) => brokenPromise(each, orders.get(each.orderId)) ?? [])
  assert.deepEqual(broken.slice(0, 5), [])
}

/** Waits for the last order to be decided, then nothing may be wrong, stuck or dead. */
async function assertSettles(shop: ShopCalls): Promise<void> {
  const until = Date.now() + settleWithinMs
  const pending = async () => [...(await shop.allOrders()).values()].filter(({ state }) => state === 'pending').length
  while ((await pending()) > 0) {
    assert.ok(Date.now() < until, `${await pending()} orders are still pending`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const audit = (await shop.call('GET', '/admin/audit')) as { ok: boolean; violations: unknown[]; checks: unknown[] }
  assert.deepEqual(audit.violations, [])
  assert.ok(audit.ok && audit.checks.length > 0)
  assert.deepEqual(await shop.call('GET', '/admin/dead-letters'), { items: [] })
}

async function crashAndCheck(environment: Environment, rounds: number): Promise<void> {
  const attempts: Attempts = { acknowledged: new Map(), sent: 0 }
  let program = await startProgram({ ...shortDeadlines, ...environment })
  try {
    for (let round = 0; round < rounds; round++) {
      const shop = await callShop(program)
      await loadUntilKilled(program, await prepareOrders(shop, program), attempts)
      program = await startProgram({ ...shortDeadlines, ...environment })
      await assertPromisesKept(await callShop(program), attempts)
    }
    const shop = await callShop(program)
    await replayAll(program, await prepareOrders(shop, program), attempts)
    await assertPromisesKept(shop, attempts)
    await assertSettles(shop)
    assertEveryKindWasSeen(attempts)
  } finally {
    await program.kill()
  }
}

/** A test that never saw a refusal or a queued order would prove nothing about them. */
function assertEveryKindWasSeen({ acknowledged }: Attempts): void {
  const seen = new Set([...acknowledged.values()].map(({ status, said }) => `${status} ${said}`))
  const expected = ['201 paid', '201 awaiting_payment', '202 pending', '409 out_of_stock', '409 insufficient_balance']
  assert.deepEqual(
    expected.filter((kind) => !seen.has(kind)),
    [],
  )
}

describe('kill -9 under load, restart: what was acknowledged is true', { concurrency: false }, () => {
  testOnRealStores({ onSqlite: 3, onPostgres: 2 }, crashAndCheck)
})
