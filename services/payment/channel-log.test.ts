import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '@suanpan/runtime/telemetry'
import { manualClock } from '@suanpan/runtime/time'
import { withReasonsLogged } from './channel-log.ts'
import { testPlatform, type Fault } from './testing/platform.ts'

test('what a platform refuses or leaves unanswered is told with its reason, once a minute, and answered as it was', async () => {
  const clock = manualClock(0)
  const platform = testPlatform('alipay', clock)
  const lines: string[] = []
  const note = (level: string) => (facts: object) => {
    lines.push(`${level} ${Object.values(facts).join(', ')}`)
  }
  const channel = withReasonsLogged(new Map([['alipay', platform.channel]]), { ...silentLog, info: note('info'), warn: note('warn') }, clock).get('alipay')
  async function refund(fault: Fault, refundId: string): Promise<string | undefined> {
    platform.failNext('refund', fault)
    return (await channel?.refund({ paymentId: 'pay_1', refundId, amountFen: 1, totalFen: 1, reason: '' }))?.kind
  }
  assert.deepEqual(await channel?.query('pay_1'), { kind: 'ok', value: { state: 'not_found' } })
  assert.equal(await refund('silent', 'rf_1'), 'unknown')
  assert.equal(await refund('silent', 'rf_2'), 'unknown')
  assert.equal(await refund('rejected', 'rf_3'), 'rejected')
  await clock.advance(60_000)
  assert.equal(await refund('silent', 'rf_4'), 'unknown')
  assert.deepEqual(lines, [
    'warn alipay, refund, rf_1, no answer',
    'info alipay, refund, rf_3, NOT_ENOUGH as the test wants it',
    'warn alipay, refund, rf_4, no answer',
  ])
})
