import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { alipayClient, eventually, startMerchant, startTestSandbox, wechatClient } from './testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const { credentials, control } = sandbox

interface DeliveryItem {
  readonly notificationId: string
  readonly state: string
  readonly tries: readonly { readonly answer: Record<string, unknown>; readonly acknowledged: boolean; readonly because?: string }[]
}

async function payQr(outTradeNo: string): Promise<void> {
  const offer = { bizContent: { outTradeNo, totalAmount: '1.00', subject: 'tea' }, notifyUrl: `${merchant.url}/alipay` }
  const { qrCode } = await alipayClient(credentials).exec('alipay.trade.precreate', offer, { validateSign: true })
  assert.equal((await control('POST', '/sandbox/pay', { codeUrl: qrCode as string })).status, 200)
}

const deliveriesOf = async (outTradeNo: string) => (await control<{ items: DeliveryItem[] }>('GET', `/sandbox/deliveries?outTradeNo=${outTradeNo}`)).items

/** Once so many tries were made. */
const triesOf = (outTradeNo: string, count: number) =>
  eventually(async () => {
    const [delivery] = await deliveriesOf(outTradeNo)
    return delivery !== undefined && delivery.tries.length >= count ? delivery : undefined
  })

test('every try is kept with the merchant’s exact answer, and why it does not count', async () => {
  const answers = [
    { status: 302, body: '', headers: { location: '/elsewhere' } },
    { status: 200, body: 'SUCCESS' },
    { status: 200, body: 'success\n' },
    { status: 200, body: '\uFEFFsuccess' },
    { status: 200, body: '<p>success</p>', headers: { 'content-type': 'text/html' } },
    { status: 200, body: 'success', headers: { 'content-type': 'text/plain' } },
  ]
  const usual = merchant.answer
  merchant.answer = () => answers.shift() ?? { status: 500, body: 'asked too often' }
  await payQr('tries_1')
  for (const [index, delayMs] of [0, 4 * 60_000, 10 * 60_000, 10 * 60_000, 60 * 60_000, 120 * 60_000].entries()) {
    await control('POST', '/sandbox/clock', { advanceMs: delayMs })
    await triesOf('tries_1', index + 1)
  }
  const [delivery] = await deliveriesOf('tries_1')
  merchant.answer = usual
  assert.equal(delivery?.state, 'acknowledged')
  assert.deepEqual(
    delivery.tries.map(({ answer, acknowledged, because }) => [answer['status'], answer['body'], acknowledged, because]),
    [
      [302, '', false, 'HTTP 302: redirects are not followed'],
      [200, 'SUCCESS', false, 'the body is "success", but not in lower case'],
      [200, 'success\n', false, 'the body has blanks or line breaks around "success"'],
      [200, '\uFEFFsuccess', false, 'the body has blanks or line breaks around "success"'],
      [200, '<p>success</p>', false, 'the body looks like a page; only the seven characters "success" count'],
      [200, 'success', true, undefined],
    ],
  )
  assert.equal(merchant.received.filter(({ path }) => path === '/elsewhere').length, 0)

  assert.deepEqual(await control('POST', `/sandbox/deliveries/${delivery.notificationId}/resend`), { status: 200, outcome: 'resent' })
  await triesOf('tries_1', 7)
})

test('a merchant that is not there, or says nothing within five seconds, has not heard', async () => {
  const client = wechatClient(credentials)
  const { mchid, appId } = credentials.wechat
  const silent = await startMerchant()
  silent.answer = () => ({ status: 200, body: '', headers: { 'content-length': '10' } })
  for (const [outTradeNo, url] of [
    ['nobody_1', 'http://127.0.0.1:9/'],
    ['silent_1', silent.url],
  ] as const) {
    await client
      .chain('v3/pay/transactions/native')
      .post({ mchid, appid: appId, description: 'tea', out_trade_no: outTradeNo, notify_url: url, amount: { total: 1 } })
    await control('POST', '/sandbox/pay', { outTradeNo })
  }
  assert.match((await triesOf('nobody_1', 1)).tries[0]?.because ?? '', /ECONNREFUSED|bad port/)
  assert.match((await triesOf('silent_1', 1)).tries[0]?.because ?? '', /no answer within 5000 ms/)
})

test('duplicates arrive, and a dropped notification does not', async () => {
  await control('POST', '/sandbox/faults', { next: 1, notify: { duplicate: 2, duplicateWithNewId: true } })
  await payQr('doubled_1')
  await triesOf('doubled_1', 3)
  const ids = merchant.received.filter(({ body }) => body.includes('doubled_1')).map(({ body }) => new URLSearchParams(body).get('notify_id'))
  assert.equal(new Set(ids).size, 3)

  await control('POST', '/sandbox/faults', { outTradeNo: 'dropped_1', next: 1, notify: { drop: true } })
  await payQr('dropped_1')
  assert.equal((await triesOf('dropped_1', 1)).tries[0]?.because, 'lost on the way, by a fault')
  assert.equal(merchant.received.filter(({ body }) => body.includes('dropped_1')).length, 0)
  await control('POST', '/sandbox/clock', { advanceMs: 4 * 60_000 })
  assert.equal((await triesOf('dropped_1', 2)).state, 'acknowledged')
})

test('faults are listed, used up, and taken away', async () => {
  await control('DELETE', '/sandbox/faults')
  const set = await control('POST', '/sandbox/faults', { channel: 'wechat', next: 2, notify: { signature: 'probe' } })
  assert.deepEqual([set.status, set['next']], [201, 2])
  const listed = await control<{ items: Record<string, unknown>[] }>('GET', '/sandbox/faults')
  assert.deepEqual(listed.items, [{ faultId: set['faultId'], channel: 'wechat', next: 2, notify: { signature: 'probe' } }])
  assert.equal((await control('DELETE', '/sandbox/faults'))['removed'], 1)
})

test('time runs as fast as told, and can be put forward', async () => {
  const before = await control<{ now: number }>('GET', '/sandbox/clock')
  const after = await control<{ now: number }>('POST', '/sandbox/clock', { advanceMs: 3_600_000 })
  assert.ok(after.now - before.now >= 3_600_000)
  await control('POST', '/sandbox/faults', { outTradeNo: 'fast_1', next: 1, notify: { drop: true } })
  await control('POST', '/sandbox/clock', { scale: 10_000 })
  await payQr('fast_1')
  assert.equal((await triesOf('fast_1', 2)).state, 'acknowledged')
  assert.equal((await control('POST', '/sandbox/clock', { scale: 1 }))['scale'], 1)
})

test('what the control API does not understand it refuses, in words', async () => {
  const cases: readonly (readonly [method: string, path: string, body: unknown, status: number, detail: RegExp])[] = [
    ['POST', '/sandbox/scan', {}, 400, /say what is scanned/],
    ['POST', '/sandbox/scan', { payUrl: 'a', codeUrl: 'b' }, 400, /at a time/],
    ['POST', '/sandbox/scan', { payUrl: 'https://shop.example' }, 400, /neither a pay URL/],
    ['POST', '/sandbox/scan', { payUrl: `${sandbox.url}/gateway.do?method=alipay.trade.page.pay` }, 409, /isv\.missing-app-id/],
    ['POST', '/sandbox/scan', { codeUrl: 'weixin://wxpay/bizpayurl?pr=nonsense' }, 404, /no merchant has made/],
    ['POST', '/sandbox/pay', {}, 400, /say what is paid/],
    ['POST', '/sandbox/pay', { outTradeNo: 'never' }, 404, /no platform knows never/],
    ['POST', '/sandbox/pay', { outTradeNo: 'tries_1' }, 409, /alipay\/tries_1 is paid already/],
    ['POST', '/sandbox/pay', { outTradeNo: 'tries_1', outcome: 'maybe' }, 400, /outcome/],
    ['POST', '/sandbox/pay', { outTradeNo: 'tries_1', unknown: 1 }, 400, /additional properties/],
    ['POST', '/sandbox/faults', {}, 400, /say what goes wrong/],
    ['POST', '/sandbox/faults', { notify: { signature: 'odd' } }, 400, /signature/],
    ['POST', '/sandbox/faults', { notify: { delayMs: -1 } }, 400, /delayMs/],
    ['POST', '/sandbox/faults', { api: { afterCommit: true } }, 400, /beside "status" or "errorCode"/],
    ['POST', '/sandbox/faults', { next: 0, notify: { drop: true } }, 400, /next/],
    ['POST', '/sandbox/clock', { advanceMs: -1 }, 400, /advanceMs/],
    ['POST', '/sandbox/clock', { scale: 0 }, 400, /scale/],
    ['POST', '/sandbox/keys', { publicKeyShare: 2 }, 400, /publicKeyShare/],
    ['POST', '/sandbox/deliveries/never/resend', undefined, 404, /no notification never/],
    ['GET', '/sandbox/trades?odd=1', undefined, 400, /additional properties/],
    ['GET', '/sandbox/nothing', undefined, 404, /there is no GET/],
  ]
  for (const [method, path, body, status, detail] of cases) {
    const answer = await control(method, path, body)
    assert.equal(answer.status, status, `${path} ${JSON.stringify(body)} ${JSON.stringify(answer)}`)
    assert.match(String(answer['detail']), detail)
  }
  const form = await fetch(`${sandbox.url}/sandbox/pay`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })
  assert.equal(form.status, 415)
})

test('a page of the wide web cannot reach it through a name of its own', async () => {
  const { port } = new URL(sandbox.url)
  const status = await new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: '/sandbox/merchant', headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode))
      .on('error', reject)
      .end()
  })
  assert.equal(status, 403)
})
