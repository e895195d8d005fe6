import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge, type Channel, type DeliveryAnswer } from '@suanpan/sandbox/machine'

const answered = (status: number, body: string): DeliveryAnswer => ({ kind: 'answered', status, contentType: 'text/plain', body, tookMs: 3 })

const cases: readonly (readonly [channel: Channel, answer: DeliveryAnswer, because: RegExp | 'acknowledged'])[] = [
  ['alipay', { kind: 'failed', because: 'no answer within 5000 ms' }, /no answer within 5000 ms/],
  ['alipay', answered(302, 'success'), /redirects are not followed/],
  ['alipay', answered(500, 'success'), /HTTP 500, not 200/],
  ['alipay', answered(201, 'success'), /HTTP 201, not 200/],
  ['alipay', answered(204, ''), /HTTP 204, not 200/],
  ['alipay', answered(200, ''), /not the seven characters/],
  ['alipay', answered(200, 'success\n'), /blanks or line breaks/],
  ['alipay', answered(200, ' success'), /blanks or line breaks/],
  ['alipay', answered(200, '\uFEFFsuccess'), /blanks or line breaks/],
  ['alipay', answered(200, 'SUCCESS'), /not in lower case/],
  ['alipay', answered(200, '<html>success</html>'), /looks like a page/],
  ['alipay', answered(200, 'fail'), /not the seven characters/],
  ['alipay', answered(200, '"success"'), /not the seven characters/],
  ['alipay', answered(200, 'success'), 'acknowledged'],
  ['wechat', { kind: 'failed', because: 'connect ECONNREFUSED' }, /ECONNREFUSED/],
  ['wechat', answered(302, ''), /redirects are not followed/],
  ['wechat', answered(401, '{"code":"FAIL"}'), /HTTP 401/],
  ['wechat', answered(202, ''), /HTTP 202/],
  ['wechat', answered(200, 'success'), /must be JSON/],
  ['wechat', answered(200, '<html></html>'), /must be JSON/],
  ['wechat', answered(200, 'null'), /must be JSON/],
  ['wechat', answered(200, '{"code":"FAIL","message":"later"}'), /must be JSON/],
  ['wechat', answered(200, '{"code":"SUCCESS","message":"成功"}'), 'acknowledged'],
  ['wechat', answered(200, ''), 'acknowledged'],
  ['wechat', answered(204, ''), 'acknowledged'],
]

test('only the exact answer ends the retries', () => {
  for (const [channel, answer, because] of cases) {
    const verdict = judge(channel, answer)
    if (because === 'acknowledged') assert.deepEqual(verdict, { acknowledged: true }, JSON.stringify(answer))
    else assert.match(verdict.acknowledged ? 'acknowledged' : verdict.because, because, `${channel} ${JSON.stringify(answer)}`)
  }
})
