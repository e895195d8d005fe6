import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRocketMq } from '@suanpan/rocketmq'
import { StartRefused } from '@suanpan/runtime/settings'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock, systemClock } from '@suanpan/runtime/time'
import { untilConnected } from './connected.ts'

/** Starts beside a broker that has no topics for so long, and was away before; answers when the start goes on, or why it does not. */
async function startBeside(forMs: number, awayForMs = 0): Promise<number | Error> {
  const clock = manualClock(0)
  const health = async () => {
    const isOver = clock.now() >= awayForMs + forMs
    const told = clock.now() >= awayForMs ? { trouble: 'No topic route info', isMissing: true as const } : { trouble: '14 UNAVAILABLE' }
    return { ok: isOver, parts: [{ role: 'producer' as const, topic: 'order_paid', ...(isOver ? {} : told) }] }
  }
  let end: number | Error | undefined
  untilConnected({ health }, { proxy: '127.0.0.1:8081', waitMs: 60_000 }, clock, silentLog).then(
    () => (end = clock.now()),
    (error: unknown) => (end = error as Error),
  )
  for (; end === undefined; await clock.advance(500)) assert.ok(clock.now() < 300_000, 'it neither starts nor is refused')
  return end
}

test('a broker that has just come back, and is not known by its topics yet, is waited for', async () => {
  assert.equal(await startBeside(30_000), 30_000)
  assert.equal(await startBeside(30_000, 50_000), 80_000)
})

test('one that does not get the topics is refused, with what to do', async () => {
  const refused = await startBeside(Infinity)
  assert(refused instanceof StartRefused)
  assert.match(refused.message, /topic order_paid.*npm run cluster -- --engines-only/)
})

test('a broker that is away is waited for, and then done without', async (context) => {
  const proxy = '127.0.0.1:1'
  const rocketmq = openRocketMq({ endpoint: proxy })
  context.after(() => rocketmq.close(100))
  rocketmq.checkTransactions('order_paid', async () => 'commit')
  rocketmq.listen({ topic: 'order_paid', group: 'points_grant-order_paid', handle: async () => 'done' })
  const said: string[] = []
  const log = { ...silentLog, warn: (_facts: object, text: string) => void said.push(text) }
  await untilConnected(rocketmq, { proxy, waitMs: 100 }, systemClock(), log)
  assert.match(said.at(-1) ?? '', /the broker is not there: messages are kept/)
})
