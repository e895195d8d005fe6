import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { startLoad } from '@suanpan/load'
import { assertAudit } from './testing/books.ts'
import { prepareOrders, type RequestOf } from './testing/order-mix.ts'
import { assertPromisesKept, noteAnswer, replay, untilDecided, type Attempts } from './testing/order-promises.ts'
import { startProgram, type Environment, type Program } from './testing/program.ts'
import { testOnRealStores } from './testing/real-stores.ts'
import { callShop } from './testing/shop-calls.ts'

const connections = 24
/** Long enough for a few hundred orders, and at random, so that it is another moment every time. */
const killAfterMs = () => 150 + Math.random() * 500
/** Orders of every kind, and more of the scarce ones than there are: a busy machine may need longer for them. */
const sentAtLeast = 150
/** By when, after a restart, every order is decided: the sweeper's and the leases' time, with plenty for a busy machine. */
const settleWithinMs = 60_000
/** A fifth of the usual, so that the test need not wait for what died. */
const shortDeadlines: Environment = { SAGA_DEADLINE_MS: '2000' }

/** Sends new orders until the program dies under them. */
async function loadUntilKilled(program: Program, requestOf: RequestOf, attempts: Attempts): Promise<void> {
  const first = attempts.sent
  const run = startLoad({
    target: program,
    connections,
    requestOf: (index) => requestOf(first + index),
    onAnswer(index, answer) {
      noteAnswer(attempts, first + index, answer)
    },
  })
  await new Promise((resolve) => setTimeout(resolve, killAfterMs()))
  while (run.progress().sent < sentAtLeast) await new Promise((resolve) => setTimeout(resolve, 20))
  run.stop()
  await program.kill()
  attempts.sent += (await run.finished).sent
}

async function crashAndCheck(environment: Environment, kills: number): Promise<void> {
  const attempts: Attempts = { acknowledged: new Map(), sent: 0 }
  let program = await startProgram({ ...shortDeadlines, ...environment })
  try {
    for (let round = 0; round < kills; round++) {
      const shop = await callShop(program)
      await loadUntilKilled(program, await prepareOrders(shop, program), attempts)
      program = await startProgram({ ...shortDeadlines, ...environment })
      await assertPromisesKept(await callShop(program), attempts)
    }
    const shop = await callShop(program)
    const requestOf = await prepareOrders(shop, program)
    const everyRequest = Array.from({ length: attempts.sent }, (_, index) => index)
    assert.deepEqual(await replay(program, requestOf, attempts, everyRequest), [])
    await assertPromisesKept(shop, attempts)
    await untilDecided(shop, settleWithinMs)
    await assertAudit(shop)
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
  testOnRealStores(crashAndCheck)
})
