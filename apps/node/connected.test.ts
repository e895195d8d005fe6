import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRocketMq } from '@suanpan/rocketmq'
import { silentLog } from '@suanpan/runtime/telemetry'
import { systemClock } from '@suanpan/runtime/time'
import { untilConnected } from './connected.ts'

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
