import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { AlipaySdk } from 'alipay-sdk'
import { alipayClient, eventually, startMerchant, startTestSandbox } from '../testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const { credentials } = sandbox
const client = alipayClient(credentials)
const strangerKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }) as string

const query = (by: AlipaySdk, outTradeNo = 'none') => by.exec('alipay.trade.query', { bizContent: { outTradeNo } }, { validateSign: true })
const clientWith = (change: object) => new AlipaySdk({ ...credentials.alipay, privateKey: credentials.alipay.appPrivateKey, ...change })

/** What the gateway answers to parameters, as it stands there. */
async function ask(change: Record<string, string | undefined>): Promise<string> {
  const url = new URL(client.pageExecute('alipay.trade.query', 'GET', { bizContent: { outTradeNo: 'none' } }))
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return (await fetch(url)).text()
}

test('a request that is not what the app signed is refused, with what should have been signed', async () => {
  const cases: readonly (readonly [change: Record<string, string | undefined>, subCode: string])[] = [
    [{ method: undefined }, 'isv.missing-method'],
    [{ method: 'constructor' }, 'isv.invalid-signature'],
    [{ app_id: undefined }, 'isv.missing-app-id'],
    [{ app_id: '9021000000000000' }, 'isv.invalid-app-id'],
    [{ charset: 'utf-16' }, 'isv.invalid-charset'],
    [{ version: undefined }, 'isv.missing-version'],
    [{ timestamp: 'yesterday' }, 'isv.invalid-timestamp'],
    [{ sign_type: 'RSA' }, 'isv.invalid-signature-type'],
    [{ sign: undefined }, 'isv.missing-signature'],
    [{ app_cert_sn: 'abc' }, 'isv.invalid-app-cert-sn'],
    [{ sign: 'AAAA' }, 'isv.invalid-signature'],
    [{ biz_content: '{"out_trade_no":"other"}' }, 'isv.invalid-signature'],
    [{ added: 'later' }, 'isv.invalid-signature'],
  ]
  for (const [change, subCode] of cases) {
    const answer = await ask(change)
    const name = 'method' in change ? 'error' : 'alipay_trade_query'
    assert.ok(answer.startsWith(`{"${name}_response":`), answer)
    // Nobody is known by a wrong app id: there is no key to sign for them with.
    assert.equal(answer.includes('"sign":"'), name !== 'error' && !subCode.endsWith('app-id'), answer)
    assert.ok(answer.includes(`"sub_code":"${subCode}"`), `${JSON.stringify(change)}: ${answer}`)
  }
  assert.match(await ask({ sign: 'AAAA' }), /网关生成的验签字符串为：alipay_sdk=.*&sign_type=RSA2&timestamp=/)
  assert.match(await (await fetch(`${sandbox.url}/gateway.do?a=1&a=2`)).text(), /isv\.invalid-parameter/)
})

test('a signed request for what there is not', async () => {
  for (const method of ['alipay.trade.nonsense', 'constructor', '__proto__'])
    await assert.rejects(client.exec(method, { bizContent: {} }, { validateSign: true }))
  assert.equal((await query(clientWith({ privateKey: strangerKey })))['subCode'], 'isv.invalid-signature')
  await assert.rejects(query(clientWith({ appId: '9021000000000000' })))
  const odd = await client.exec('alipay.trade.refund', { bizContent: { outTradeNo: 'none' } }, { validateSign: true })
  assert.deepEqual([odd['code'], odd['subCode']], ['40004', 'ACQ.INVALID_PARAMETER'])
})

test('v3: a request of a stranger, or of long ago, is 401', async () => {
  const curl = (by: AlipaySdk) => by.curl('POST', '/v3/alipay/trade/query', { body: { out_trade_no: 'none' } })
  await assert.rejects(curl(clientWith({ privateKey: strangerKey })), { code: 'invalid-signature', responseHttpStatus: 401 })
  const stranger = clientWith({ privateKey: strangerKey }).curl('POST', '/v3/alipay/trade/query?a=1', { body: { out_trade_no: 'none' } })
  await assert.rejects(stranger, ({ message }: Error) =>
    /must be signed is app_id=\d{16},.*timestamp=\d{13}\nPOST\n\/v3\/alipay\/trade\/query\?a=1\n\{"out_trade_no":"none"\}\n/s.test(message),
  )
  const cases: readonly (readonly [authorization: string, because: RegExp])[] = [
    ['', /Authorization/],
    ['ALIPAY-SHA256withRSA app_id=1', /Authorization/],
    ['ALIPAY-SHA256withRSA app_id=1,nonce=1,timestamp=1,sign=AAAA', /app_id/],
    [`ALIPAY-SHA256withRSA app_id=${credentials.alipay.appId},nonce=1,timestamp=1,sign=AAAA`, /timestamp/],
    [`ALIPAY-SHA256withRSA app_id=${credentials.alipay.appId},app_cert_sn=1,nonce=1,timestamp=${Date.now()},sign=AAAA`, /app_cert_sn/],
  ]
  for (const [authorization, because] of cases) {
    const response = await fetch(`${sandbox.url}/v3/alipay/trade/query`, { method: 'POST', body: '{}', headers: { authorization } })
    assert.equal(response.status, 401)
    assert.match(((await response.json()) as { message: string }).message, because)
  }
})

test('the SDK refuses replies that are not signed by the platform', async () => {
  const faults: readonly (readonly [api: object, protocols: readonly ('v2' | 'v3')[]])[] = [
    [{ unsigned: true }, ['v2', 'v3']],
    [{ signature: 'bad' }, ['v2', 'v3']],
    [{ signature: 'other-key' }, ['v2', 'v3']],
    [{ signature: 'probe' }, ['v2', 'v3']],
    [{ status: 502 }, ['v2', 'v3']],
  ]
  const offered = await client.exec(
    'alipay.trade.precreate',
    { bizContent: { outTradeNo: 'forged', totalAmount: '1.00', subject: 'tea' } },
    { validateSign: true },
  )
  await sandbox.control('POST', '/sandbox/scan', { codeUrl: offered['qrCode'] as string })
  for (const [api, protocols] of faults) {
    await sandbox.control('POST', '/sandbox/faults', { api })
    if (protocols.includes('v2')) await assert.rejects(query(client, 'forged'), JSON.stringify(api))
    if (protocols.includes('v3')) await assert.rejects(client.curl('POST', '/v3/alipay/trade/query', { body: { out_trade_no: 'forged' } }), JSON.stringify(api))
    await sandbox.control('DELETE', '/sandbox/faults')
  }
  assert.equal((await query(client, 'forged'))['tradeStatus'], 'WAIT_BUYER_PAY')
})

test('a call that gets no answer may have been carried out; an error code was not', async () => {
  const impatient = clientWith({ timeout: 300 })
  const offered = await client.exec(
    'alipay.trade.precreate',
    { bizContent: { outTradeNo: 'slow', totalAmount: '1.00', subject: 'tea' } },
    { validateSign: true },
  )
  await sandbox.control('POST', '/sandbox/pay', { codeUrl: offered['qrCode'] as string })
  const refund = (by: AlipaySdk, outRequestNo: string) =>
    by.exec('alipay.trade.refund', { bizContent: { outTradeNo: 'slow', refundAmount: '0.10', outRequestNo } }, { validateSign: true })

  await sandbox.control('POST', '/sandbox/faults', {
    channel: 'alipay',
    outTradeNo: 'slow',
    next: 1,
    api: { operations: ['refund'], timeoutAfterCommit: true },
  })
  await assert.rejects(refund(impatient, 'r1'))
  assert.equal((await refund(client, 'r1'))['fundChange'], 'N')

  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 3_000 })
  await sandbox.control('POST', '/sandbox/faults', { next: 1, api: { operations: ['refund'], errorCode: 'SYSTEM_ERROR' } })
  const unavailable = await refund(client, 'r2')
  assert.deepEqual([unavailable['code'], unavailable['subCode']], ['20000', 'ACQ.SYSTEM_ERROR'])
  assert.equal((await refund(client, 'r2'))['fundChange'], 'Y')

  await sandbox.control('POST', '/sandbox/faults', { next: 1, api: { slowMs: 1_000 } })
  await assert.rejects(query(impatient, 'slow'))
  assert.equal((await query(impatient, 'slow'))['tradeStatus'], 'TRADE_SUCCESS')
})

test('a fault of one order strikes every call about it, by whichever number it goes', async () => {
  const offer = { bizContent: { outTradeNo: 'struck', totalAmount: '1.00', subject: 'tea' } }
  const offered = await client.exec('alipay.trade.precreate', offer, { validateSign: true })
  const { tradeNo } = await sandbox.control<{ tradeNo: string }>('POST', '/sandbox/pay', { codeUrl: offered['qrCode'] as string })
  const strike = () => sandbox.control('POST', '/sandbox/faults', { outTradeNo: 'struck', next: 1, api: { errorCode: 'SYSTEM_ERROR' } })
  for (const [method, bizContent] of [
    ['alipay.trade.query', { tradeNo }],
    ['alipay.trade.query', { outTradeNo: 'struck' }],
    ['alipay.trade.fastpay.refund.query', { tradeNo, outRequestNo: 'r1' }],
    ['alipay.trade.refund', { tradeNo, outTradeNo: '', refundAmount: '0.10', outRequestNo: 'r1' }],
  ] as const) {
    await strike()
    assert.equal((await client.exec(method, { bizContent }, { validateSign: true }))['code'], '20000')
    assert.equal((await sandbox.control('DELETE', '/sandbox/faults'))['removed'], 0, method)
  }
  await strike()
  await assert.rejects(client.curl('POST', '/v3/alipay/trade/query', { body: { trade_no: tradeNo } }), { code: 'SYSTEM_ERROR' })
})

test('notifications as they should not be: the SDK’s own check tells', async () => {
  const cases: readonly (readonly [notify: object, verifies: boolean, said: Record<string, string | undefined>])[] = [
    [{ signature: 'missing' }, false, { sign: undefined }],
    [{ signature: 'bad' }, false, {}],
    [{ signature: 'other-key' }, false, {}],
    [{ signature: 'probe' }, false, {}],
    [{ signature: 'stale' }, true, {}],
    [{ amountFen: 1 }, true, { total_amount: '0.01' }],
    [{ appId: 'other-app' }, true, { app_id: 'other-app' }],
    [{ merchantId: '2088000000000000' }, true, { seller_id: '2088000000000000' }],
    [{ outTradeNo: 'of_somebody' }, true, { out_trade_no: 'of_somebody' }],
  ]
  for (const [index, [notify, verifies, said]] of cases.entries()) {
    const outTradeNo = `odd_notice_${index}`
    await sandbox.control('POST', '/sandbox/faults', { next: 1, notify })
    const offer = { bizContent: { outTradeNo, totalAmount: '1.00', subject: outTradeNo }, notifyUrl: `${merchant.url}/alipay` }
    const offered = await client.exec('alipay.trade.precreate', offer, { validateSign: true })
    await sandbox.control('POST', '/sandbox/pay', { codeUrl: offered['qrCode'] as string })
    const { body } = await eventually(() => merchant.received.find((each) => each.body.includes(`subject=${outTradeNo}&`)))
    const notified = Object.fromEntries(new URLSearchParams(body))
    assert.equal(client.checkNotifySignV2(notified), verifies, JSON.stringify(notify))
    for (const [name, value] of Object.entries(said)) assert.equal(notified[name], value)
  }
})

test('content that is no object is refused with a signature: the sender is known', async () => {
  for (const bizContent of ['null', '[1]', '"text"', '7', '{']) {
    const url = new URL(client.pageExecute('alipay.trade.query', 'GET', { bizContent: {} }))
    url.searchParams.set('biz_content', bizContent)
    const content = [...url.searchParams]
      .filter(([name]) => name !== 'sign')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    url.searchParams.set('sign', sign('sha256', Buffer.from(content), credentials.alipay.appPrivateKey).toString('base64'))
    assert.match(
      await (await fetch(url)).text(),
      /^\{"alipay_trade_query_response":\{"code":"40004",.*"sub_code":"ACQ\.INVALID_PARAMETER".*"sign":"/,
      bizContent,
    )
  }
})
