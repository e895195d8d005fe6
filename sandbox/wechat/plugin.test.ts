import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin'
import type { Credentials } from '../credentials.ts'
import { eventually, keysBySerial, startMerchant, startTestSandbox, wechatClient, type Received } from '../testing.ts'

const sandbox = await startTestSandbox()
const merchant = await startMerchant()
const { credentials } = sandbox
const { mchid, appId, apiV3Key, publicKeyId, platformCertificates } = credentials.wechat
const certificateSerial = platformCertificates[0]?.serial ?? ''
const client = wechatClient(credentials)

type Answer = Record<string, unknown>

function order(outTradeNo: string, change: object = {}) {
  const common = {
    mchid,
    appid: appId,
    description: '龙井茶 250g',
    notify_url: `${merchant.url}/wechat`,
    attach: 'a=1&b',
    amount: { total: 1_230, currency: 'CNY' },
  }
  return { ...common, out_trade_no: outTradeNo, ...change }
}

const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  (await client.chain(path).post<object, { data: Answer }>(body, { headers })).data
const get = async (path: string, params: object = {}): Promise<Answer> => (await client.chain(path).get<Answer>({ params })).data

/** The code that the platform refuses with, behind its HTTP status. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'accepted'
  } catch (error) {
    const { response } = error as { response: { status: number; data: { code: string } } }
    return `${response.status} ${response.data.code}`
  }
}

/** What the plugin's own primitives make of a notification: verified with the key that it names, and decrypted. */
function readNotification({ headers, body }: Received): { readonly serial: string; readonly eventType: string; readonly content: Answer } {
  const header = (name: string) => String(headers[name])
  const serial = header('wechatpay-serial')
  const text = Formatter.response(header('wechatpay-timestamp'), header('wechatpay-nonce'), body)
  const key = Rsa.from(keysBySerial(credentials)[serial] ?? '', Rsa.KEY_TYPE_PUBLIC)
  assert.equal(Rsa.verify(text, header('wechatpay-signature'), key), true)
  assert.ok(Math.abs(Number(header('wechatpay-timestamp')) * 1_000 - Date.now()) < 60_000)
  const { event_type: eventType, resource } = JSON.parse(body) as {
    event_type: string
    resource: { ciphertext: string; nonce: string; associated_data: string }
  }
  const content = JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data)) as Answer
  return { serial, eventType, content }
}

const notificationsAt = (path: string, count: number) =>
  eventually(() => {
    const received = merchant.received.filter((each) => each.path === path)
    return received.length >= count ? received.map(readNotification) : undefined
  })

test('a native order from its code to paid, and back', async () => {
  const { code_url: codeUrl } = await post('v3/pay/transactions/native', order('native_0001'))
  assert.match(String(codeUrl), /^weixin:\/\/wxpay\/bizpayurl\?pr=/)
  const byNumber = 'v3/pay/transactions/out-trade-no/native_0001'
  const unpaid = await get(byNumber, { mchid })
  assert.deepEqual([unpaid['trade_state'], unpaid['transaction_id']], ['NOTPAY', undefined])
  assert.match(String((await post('v3/pay/transactions/native', order('native_0001')))['code_url']), /^weixin:/)

  assert.equal((await sandbox.control('POST', '/sandbox/scan', { codeUrl }))['state'], 'waiting')
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'native_0001', outcome: 'fail' }))['outcome'], 'failed')
  assert.equal((await get(byNumber, { mchid }))['trade_state'], 'NOTPAY')
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'native_0001' }))['outcome'], 'paid')
  const [notified] = await notificationsAt('/wechat', 1)
  const paid = await get(byNumber, { mchid })
  assert.deepEqual([paid['trade_state'], paid['trade_type'], paid['attach']], ['SUCCESS', 'NATIVE', 'a=1&b'])
  assert.deepEqual([notified?.eventType, notified?.content], ['TRANSACTION.SUCCESS', paid])
  assert.deepEqual(await get(`v3/pay/transactions/id/${String(paid['transaction_id'])}`, { mchid }), paid)

  const refund = {
    out_trade_no: 'native_0001',
    out_refund_no: 'refund_1',
    reason: '换货',
    notify_url: `${merchant.url}/wechat-refund`,
    amount: { refund: 230, total: 1_230, currency: 'CNY' },
  }
  assert.equal((await post('v3/refund/domestic/refunds', refund))['status'], 'PROCESSING')
  const [refunded] = await notificationsAt('/wechat-refund', 1)
  const queried = await get('v3/refund/domestic/refunds/refund_1')
  assert.deepEqual([queried['status'], refunded?.eventType, refunded?.content['refund_status']], ['SUCCESS', 'REFUND.SUCCESS', 'SUCCESS'])
  assert.deepEqual(refunded?.content['amount'], { total: 1_230, refund: 230, payer_total: 1_230, payer_refund: 230 })
  assert.deepEqual([refunded?.content['mchid'], refunded?.content['appid'], refunded?.content['refund_id']], [mchid, undefined, queried['refund_id']])
  assert.equal((await post('v3/refund/domestic/refunds', refund))['status'], 'SUCCESS')
  assert.equal((await get(byNumber, { mchid }))['trade_state'], 'REFUND')
})

test('each product hands out what its buyer needs', async () => {
  const scene = { scene_info: { payer_client_ip: '127.0.0.1' } }
  const payer = { payer: { openid: 'oSomebody' } }
  const { h5_url: h5 } = await post('v3/pay/transactions/h5', order('h5_000001', scene))
  const { prepay_id: jsapi } = await post('v3/pay/transactions/jsapi', order('jsapi_0001', payer))
  const { prepay_id: app } = await post('v3/pay/transactions/app', order('app_000001'))
  assert.match(String(jsapi), /^wx\w+$/)
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { payUrl: h5 }))['outcome'], 'paid')
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { prepayId: jsapi }))['outcome'], 'paid')
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { prepayId: app }))['outcome'], 'paid')
  const types = await Promise.all(['h5_000001', 'jsapi_0001', 'app_000001'].map(async (number) => get(`v3/pay/transactions/out-trade-no/${number}`, { mchid })))
  assert.deepEqual(
    types.map((each) => each['trade_type']),
    ['MWEB', 'JSAPI', 'APP'],
  )
  assert.deepEqual(types[1]?.['payer'], { openid: 'oSomebody' })
})

test('closing is signed, too, although there is nothing in it', async () => {
  await post('v3/pay/transactions/native', order('close_0001'))
  const close = (outTradeNo: string) => client.chain(`v3/pay/transactions/out-trade-no/${outTradeNo}/close`).post({ mchid })
  assert.equal((await close('close_0001')).status, 204)
  assert.equal((await close('close_0001')).status, 204)
  assert.equal((await close('never_was')).status, 204)
  assert.equal((await get('v3/pay/transactions/out-trade-no/close_0001', { mchid }))['trade_state'], 'CLOSED')
  await post('v3/pay/transactions/native', order('close_0002'))
  await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'close_0002' })
  assert.equal(await refusalOf(close('close_0002')), '400 ORDERPAID')
})

test('what is refused, and with which code', async () => {
  await post('v3/pay/transactions/native', order('refuse_0001'))
  await post('v3/pay/transactions/native', order('refuse_0002'))
  await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'refuse_0002' })
  await post('v3/pay/transactions/native', order('refuse_0003'))
  await post('v3/pay/transactions/out-trade-no/refuse_0003/close', { mchid })
  const native = (change: object) => post('v3/pay/transactions/native', order('refuse_new', change))
  const inAWhile = (ms: number) => new Date(Date.now() + ms).toISOString()
  const refund = (outTradeNo: string, outRefundNo: string, amount: number, total = 1_230, more = {}) =>
    post('v3/refund/domestic/refunds', { out_trade_no: outTradeNo, out_refund_no: outRefundNo, amount: { refund: amount, total, currency: 'CNY' }, ...more })
  const cases: readonly (readonly [call: () => Promise<unknown>, refusal: string])[] = [
    [() => native({ out_trade_no: 'short' }), '400 PARAM_ERROR'],
    [() => native({ amount: { total: 0 } }), '400 PARAM_ERROR'],
    [() => native({ amount: { total: 1.5 } }), '400 PARAM_ERROR'],
    [() => native({ appid: 'wx0000000000000000' }), '400 PARAM_ERROR'],
    [() => native({ mchid: '1900000000' }), '403 NO_AUTH'],
    [() => native({ notify_url: 'https://shop.example/notify' }), '400 PARAM_ERROR'],
    [() => native({ notify_url: `${merchant.url}/wechat?with=query` }), '400 PARAM_ERROR'],
    [() => native({ time_expire: inAWhile(30_000) }), '400 PARAM_ERROR'],
    [() => native({ time_expire: 'tomorrow' }), '400 PARAM_ERROR'],
    [() => native({ time_expire: inAWhile(90_000) }), 'accepted'],
    [() => post('v3/pay/transactions/jsapi', order('refuse_jsapi')), '400 PARAM_ERROR'],
    [() => post('v3/pay/transactions/h5', order('refuse_h5')), '400 PARAM_ERROR'],
    [() => post('v3/pay/transactions/native', order('refuse_0001', { amount: { total: 1 } })), '403 OUT_TRADE_NO_USED'],
    [() => post('v3/pay/transactions/native', order('refuse_0001')), 'accepted'],
    [() => post('v3/pay/transactions/h5', order('refuse_0001', { scene_info: { payer_client_ip: '127.0.0.1' } })), '403 OUT_TRADE_NO_USED'],
    [() => post('v3/pay/transactions/h5', order('refuse_0004', { scene_info: { payer_client_ip: '127.0.0.1' } })), 'accepted'],
    [() => post('v3/pay/transactions/h5', order('refuse_0004', { scene_info: { payer_client_ip: '127.0.0.1' } })), 'accepted'],
    [() => post('v3/pay/transactions/h5', order('refuse_0004', { scene_info: { payer_client_ip: '127.0.0.2' } })), '403 OUT_TRADE_NO_USED'],
    [() => post('v3/pay/transactions/native', order('refuse_0002')), '403 OUT_TRADE_NO_USED'],
    [() => post('v3/pay/transactions/native', order('refuse_0003')), '403 OUT_TRADE_NO_USED'],
    [() => get('v3/pay/transactions/out-trade-no/never_was', { mchid }), '404 ORDER_NOT_EXIST'],
    [() => get('v3/pay/transactions/id/4200000000', { mchid }), '404 ORDER_NOT_EXIST'],
    [() => get('v3/pay/transactions/out-trade-no/refuse_0001', { mchid: '1900000000' }), '400 PARAM_ERROR'],
    [() => refund('never_was', 'refuse_1', 1), '404 RESOURCE_NOT_EXISTS'],
    [() => refund('refuse_0001', 'refuse_1', 1), '400 INVALID_REQUEST'],
    [() => refund('refuse_0002', 'refuse_1', 1, 1_000), '400 PARAM_ERROR'],
    [() => refund('refuse_0002', 'refuse_1', 1_231), '400 INVALID_REQUEST'],
    [() => refund('refuse_0002', 'refuse_1', 230, 1_230, { notify_url: `${merchant.url}/wechat?with=query` }), '400 PARAM_ERROR'],
    [() => refund('refuse_0002', 'refuse_1', 230), 'accepted'],
    [() => refund('refuse_0002', 'refuse_1', 231), '400 INVALID_REQUEST'],
    [() => refund('refuse_0002', 'refuse_2', 1), '429 FREQUENCY_LIMITED'],
    [() => get('v3/refund/domestic/refunds/never_was'), '404 RESOURCE_NOT_EXISTS'],
    [() => get('v3/bill/tradebill', { bill_date: '2026-13-01' }), '400 PARAM_ERROR'],
    [() => get('v3/bill/tradebill', { bill_date: '2026-11-01', bill_type: 'EVERYTHING' }), '400 PARAM_ERROR'],
  ]
  for (const [index, [call, refusal]] of cases.entries()) assert.equal(await refusalOf(call()), refusal, `case ${index}`)
})

test('after its end an order cannot be paid, and is not closed', async () => {
  await post('v3/pay/transactions/native', order('expire_0001', { time_expire: new Date(Date.now() + 120_000).toISOString() }))
  await sandbox.control('POST', '/sandbox/clock', { advanceMs: 120_000 })
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { outTradeNo: 'expire_0001' })).status, 409)
  assert.equal((await get('v3/pay/transactions/out-trade-no/expire_0001', { mchid }))['trade_state'], 'NOTPAY')
  // A merchant's clock does not know that ours was put forward.
  const { code_url: codeUrl } = await post('v3/pay/transactions/native', order('expire_0002', { time_expire: new Date(Date.now() + 61_000).toISOString() }))
  assert.equal((await sandbox.control('POST', '/sandbox/pay', { codeUrl }))['outcome'], 'paid')

  // Nor does it matter to a merchant that asks again how fast ours runs.
  await sandbox.control('POST', '/sandbox/clock', { scale: 50 })
  const same = order('expire_0003', { time_expire: new Date(Date.now() + 600_000).toISOString() })
  await post('v3/pay/transactions/native', same)
  assert.match(String((await post('v3/pay/transactions/native', same))['code_url']), /^weixin:/)
  await sandbox.control('POST', '/sandbox/clock', { scale: 1 })
})

test('replies are signed in whose name the request asks for; notifications in the share that is set', async () => {
  const serialOf = async (headers: Record<string, string>) => {
    const { headers: answered } = await client.chain('v3/pay/transactions/out-trade-no/native_0001').get<Answer>({ params: { mchid }, headers })
    return String(answered['wechatpay-serial'])
  }
  assert.equal(await serialOf({ 'Wechatpay-Serial': publicKeyId }), publicKeyId)
  assert.equal(await serialOf({ 'Wechatpay-Serial': certificateSerial }), certificateSerial)
  assert.equal(await serialOf({}), publicKeyId)
  assert.equal(await refusalOf(serialOf({ 'Wechatpay-Serial': 'PUB_KEY_ID_0' })), '400 PARAM_ERROR')

  for (const [publicKeyShare, expected] of [
    [1, 8],
    [0, 0],
    [0.5, 4],
  ] as const) {
    await sandbox.control('POST', '/sandbox/keys', { publicKeyShare })
    const path = `/wechat-share-${publicKeyShare * 10}`
    for (let count = 0; count < 8; count++) {
      await post('v3/pay/transactions/native', order(`share_${publicKeyShare * 10}_${count}`, { notify_url: merchant.url + path }), {
        'Wechatpay-Serial': publicKeyId,
      })
      await sandbox.control('POST', '/sandbox/pay', { outTradeNo: `share_${publicKeyShare * 10}_${count}` })
    }
    const byPublicKey = (await notificationsAt(path, 8)).filter(({ serial }) => serial === publicKeyId).length
    assert.ok(Math.abs(byPublicKey - expected) <= 1, `${byPublicKey} of 8 at a share of ${publicKeyShare}`)
  }
  await sandbox.control('POST', '/sandbox/keys', { publicKeyShare: 1 })
})

/** What `/v3/certificates` lists, asked in the name of a key that stays. */
async function listedCertificates(): Promise<{ serial: string; certificate: string }[]> {
  const { data } = await client.chain('v3/certificates').get<{
    data: { serial_no: string; encrypt_certificate: { ciphertext: string; nonce: string; associated_data: string } }[]
  }>({ headers: { 'Wechatpay-Serial': publicKeyId } })
  return data.data.map(({ serial_no: serial, encrypt_certificate: { ciphertext, nonce, associated_data: associatedData } }) => ({
    serial,
    certificate: Aes.AesGcm.decrypt(ciphertext, apiV3Key, nonce, associatedData),
  }))
}

test('the platform’s certificates can be fetched, and are what the merchant was given', async () => {
  assert.deepEqual(await listedCertificates(), platformCertificates)
})

test('a new platform certificate is listed before the old one, which goes with the next; all that is kept over a restart', async () => {
  assert.equal((await sandbox.control('POST', '/sandbox/keys', { rotateCertificate: true })).status, 200)
  const [second, first, ...none] = await listedCertificates()
  assert.deepEqual([first, none], [platformCertificates[0], []])
  const { wechat } = await sandbox.control<Credentials>('GET', '/sandbox/merchant')
  assert.deepEqual(wechat.platformCertificates, [second, first])
  await sandbox.control('POST', '/sandbox/keys', { rotateCertificate: true })
  const [third, ...rest] = await listedCertificates()
  assert.deepEqual(rest, [second])
  assert.deepEqual((await sandbox.again()).credentials.wechat.platformCertificates, [third, second])
})
