import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin'
import { eventually, keysBySerial, startMerchant, startTestSandbox, wechatClient } from '../testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const { credentials } = sandbox
const { wechat } = credentials
const { mchid } = wechat

async function order(outTradeNo: string, by: Wechatpay = wechatClient(credentials)): Promise<void> {
  const common = { mchid, appid: wechat.appId, description: 'tea', notify_url: `${merchant.url}/wechat/${outTradeNo}`, amount: { total: 1_000 } }
  await by.chain('v3/pay/transactions/native').post({ ...common, out_trade_no: outTradeNo })
}
const query = (by: Wechatpay = wechatClient(credentials), outTradeNo = 'order_0001') =>
  by.chain(`v3/pay/transactions/out-trade-no/${outTradeNo}`).get<Record<string, unknown>>({ params: { mchid } })

await order('order_0001')

test('a request that is not what this merchant signed, just now, is 401 and says why', async () => {
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const url = `/v3/pay/transactions/out-trade-no/order_0001?mchid=${mchid}`
  const now = Math.floor(Date.now() / 1_000)
  const cases: readonly (readonly [
    change: { key?: typeof stranger; signedUrl?: string; timestamp?: number; serial?: string; mchid?: string; scheme?: string },
    message: RegExp,
  ])[] = [
    [{}, /accepted/],
    [{ scheme: 'Bearer x' }, /Authorization认证类型不正确/],
    [{ mchid: '1900000000' }, /商户号1900000000不存在/],
    [{ serial: 'ABC' }, /商户证书序列号有误/],
    [{ timestamp: now - 301 }, /不得超过5分钟/],
    [{ timestamp: now + 302 }, /不得超过5分钟/],
    [{ key: stranger }, /签名错误.*expected_sign_message/],
    [{ signedUrl: '/v3/pay/transactions' }, /签名错误.*expected_sign_message/],
  ]
  for (const [
    { key = wechat.merchantPrivateKey, signedUrl = url, timestamp = now, serial = wechat.merchantSerial, mchid: by = mchid, scheme },
    message,
  ] of cases) {
    const signature = Rsa.sign(Formatter.request('GET', signedUrl, String(timestamp), 'nonce', ''), key)
    const authorization = scheme ?? Formatter.authorization(by, 'nonce', signature, String(timestamp), serial)
    const response = await fetch(`${sandbox.url}${url}`, { headers: { authorization } })
    const text = await response.text()
    assert.equal(response.status, message.source === 'accepted' ? 200 : 401, text)
    if (response.status !== 200) assert.match(text, message)
  }
  assert.equal((await fetch(`${sandbox.url}/v3/certificates`)).status, 401)
})

test('the plugin refuses replies that the platform did not sign, just now', async () => {
  const cases: readonly (readonly [api: object, code: string])[] = [
    [{ unsigned: true }, 'EV3_RES_HEADERS_INCOMPLATE'],
    [{ signature: 'missing' }, 'EV3_RES_HEADERS_INCOMPLATE'],
    [{ signature: 'bad' }, 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
    [{ signature: 'probe' }, 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
    [{ signature: 'other-key' }, 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
    [{ signature: 'stale' }, 'EV3_RES_HEADER_TIMESTAMP_OFFSET'],
    [{ status: 502 }, 'ERR_BAD_RESPONSE'],
    [{ errorCode: 'SYSTEM_ERROR' }, 'ERR_BAD_RESPONSE'],
    [{ errorCode: 'FREQUENCY_LIMITED' }, 'ERR_BAD_REQUEST'],
  ]
  for (const [api, code] of cases) {
    await sandbox.control('POST', '/sandbox/faults', { channel: 'wechat', next: 1, api })
    await assert.rejects(query(), { code }, JSON.stringify(api))
    assert.equal((await query()).data['trade_state'], 'NOTPAY')
  }
  const unknowing = wechatClient(credentials, { [wechat.platformCertificates[0]?.serial ?? '']: wechat.publicKey })
  await assert.rejects(query(unknowing), { code: 'EV3_RES_HEADER_PLATFORM_SERIAL' })
})

test('a fault of one order strikes every call about it, by whichever number it goes', async () => {
  await order('struck_0001')
  const client = wechatClient(credentials)
  const { tradeNo } = await sandbox.control<{ tradeNo: string }>('POST', '/sandbox/pay', { outTradeNo: 'struck_0001' })
  const refund = (number: object, outRefundNo: string) =>
    client.chain('v3/refund/domestic/refunds').post({ ...number, out_refund_no: outRefundNo, amount: { refund: 1, total: 1_000, currency: 'CNY' } })
  await refund({ transaction_id: tradeNo }, 'struck_refund')
  const calls = [
    () => client.chain(`v3/pay/transactions/id/${tradeNo}`).get({ params: { mchid } }),
    () => query(client, 'struck_0001'),
    () => client.chain('v3/refund/domestic/refunds/struck_refund').get(),
    () => refund({ transaction_id: tradeNo }, 'struck_again'),
    () => refund({ out_trade_no: 'struck_0001' }, 'struck_again'),
  ]
  for (const call of calls) {
    await sandbox.control('POST', '/sandbox/faults', { outTradeNo: 'struck_0001', next: 1, api: { errorCode: 'SYSTEM_ERROR' } })
    await assert.rejects(call(), { code: 'ERR_BAD_RESPONSE' })
    assert.equal((await sandbox.control('DELETE', '/sandbox/faults'))['removed'], 0)
  }
})

test('a call that gets no answer may have been carried out', async () => {
  const impatient = new Wechatpay({
    mchid,
    serial: wechat.merchantSerial,
    privateKey: wechat.merchantPrivateKey,
    certs: keysBySerial(credentials),
    baseURL: wechat.baseUrl,
    timeout: 300,
  })
  await sandbox.control('POST', '/sandbox/faults', { channel: 'wechat', next: 1, api: { operations: ['create'], timeoutAfterCommit: true } })
  await assert.rejects(order('silent_0001', impatient), { code: 'ECONNABORTED' })
  assert.equal((await query(wechatClient(credentials), 'silent_0001')).data['trade_state'], 'NOTPAY')
})

test('a refund may end badly after it was accepted', async () => {
  for (const [refundEnding, status] of [
    ['abnormal', 'ABNORMAL'],
    ['closed', 'CLOSED'],
  ] as const) {
    const outTradeNo = `ending_${refundEnding}`
    await order(outTradeNo)
    await sandbox.control('POST', '/sandbox/pay', { outTradeNo })
    await sandbox.control('POST', '/sandbox/faults', { next: 1, api: { operations: ['refund'], refundEnding } })
    const client = wechatClient(credentials)
    const amount = { refund: 1_000, total: 1_000, currency: 'CNY' }
    await client.chain('v3/refund/domestic/refunds').post({ out_trade_no: outTradeNo, out_refund_no: outTradeNo, amount })
    await sandbox.control('POST', '/sandbox/clock', { advanceMs: 1_000 })
    const ended = await eventually(async () => {
      const { data } = await client.chain(`v3/refund/domestic/refunds/${outTradeNo}`).get<Record<string, unknown>>()
      return data['status'] === 'PROCESSING' ? undefined : data['status']
    })
    assert.equal(ended, status)
  }
})

test('notifications as they should not be: the plugin’s own primitives tell', async () => {
  type Content = Record<string, unknown> & { amount: Record<string, unknown> }
  const cases: readonly (readonly [
    notify: object,
    verdict: 'unsigned' | 'bad signature' | 'cannot be decrypted' | 'stale' | 'genuine',
    said?: (content: Content) => unknown,
    what?: unknown,
  ])[] = [
    [{ signature: 'missing' }, 'unsigned'],
    [{ signature: 'bad' }, 'bad signature'],
    [{ signature: 'probe' }, 'bad signature'],
    [{ signature: 'other-key' }, 'bad signature'],
    [{ signature: 'stale' }, 'stale'],
    [{ tamperedCiphertext: true }, 'cannot be decrypted'],
    [{ emptyAssociatedData: true }, 'genuine', ({ trade_state: state }) => state, 'SUCCESS'],
    [{ amountFen: 1 }, 'genuine', ({ amount }) => amount['total'], 1],
    [{ currency: 'USD' }, 'genuine', ({ amount }) => amount['currency'], 'USD'],
    [{ appId: 'wx0' }, 'genuine', ({ appid }) => appid, 'wx0'],
    [{ merchantId: '1900000000' }, 'genuine', ({ mchid: told }) => told, '1900000000'],
    [{ outTradeNo: 'of_somebody' }, 'genuine', ({ out_trade_no: told }) => told, 'of_somebody'],
  ]
  for (const [index, [notify, verdict, said, what]] of cases.entries()) {
    const outTradeNo = `notice_${index}_0`
    await order(outTradeNo)
    await sandbox.control('POST', '/sandbox/faults', { channel: 'wechat', next: 1, notify })
    await sandbox.control('POST', '/sandbox/pay', { outTradeNo })
    const { headers, body } = await eventually(() => merchant.received.find(({ path }) => path.endsWith(outTradeNo)))
    const { content, found } = judge(headers, body)
    assert.equal(found, verdict, JSON.stringify(notify))
    if (said !== undefined) assert.deepEqual(said(content as Content), what, JSON.stringify(notify))
    if (verdict === 'bad signature' && 'signature' in notify && notify.signature === 'probe')
      assert.match(String(headers['wechatpay-signature']), /^WECHATPAY\/SIGNTEST\//)
    if ('emptyAssociatedData' in notify) assert.match(body, /"associated_data":""/)
  }

  function judge(headers: Readonly<Record<string, unknown>>, body: string): { readonly found: string; readonly content?: unknown } {
    const header = (name: string) => String(headers[`wechatpay-${name}`])
    if (headers['wechatpay-signature'] === undefined) return { found: 'unsigned' }
    const key = Rsa.from(keysBySerial(credentials)[header('serial')] ?? '', Rsa.KEY_TYPE_PUBLIC)
    if (!Rsa.verify(Formatter.response(header('timestamp'), header('nonce'), body), header('signature'), key)) return { found: 'bad signature' }
    if (Math.abs(Date.now() / 1_000 - Number(header('timestamp'))) > 300) return { found: 'stale' }
    const { resource } = JSON.parse(body) as { resource: { ciphertext: string; nonce: string; associated_data: string } }
    try {
      return {
        found: 'genuine',
        content: JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, wechat.apiV3Key, resource.nonce, resource.associated_data)) as unknown,
      }
    } catch {
      return { found: 'cannot be decrypted' }
    }
  }
})
