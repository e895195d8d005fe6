import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import type { Channel } from '../port.ts'
import { newKeyPair } from '../testing/keys.ts'
import { scriptedServer, type Received, type Scripted } from '../testing/scripted-server.ts'
import { newRefund, newTrade, said } from '../testing/trades.ts'
import { merchant, paidTransaction, signedHeaders } from '../testing/wechat-notifications.ts'
import { createWechatChannel } from './channel.ts'

const merchantKey = newKeyPair()
const platform = newKeyPair()
const stranger = newKeyPair()
const serial = 'PUB_KEY_ID_0119000000012026112600000000000001'

let script: (request: Received) => Scripted = () => 'cut'
const server = await scriptedServer((request) => script(request))
after(server.close)

const configuration = {
  ...merchant,
  profile: 'sandbox' as const,
  baseUrl: `${server.origin}/`,
  notifyUrl: 'http://127.0.0.1:9/notify/wechat',
  timeoutMs: 10_000,
  merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
  privateKey: merchantKey.privatePem,
  platformKeys: { [serial]: platform.publicPem },
  answerSerial: serial,
}
const channel = createWechatChannel({ configuration, clock: systemClock(), random: systemRandom })
const impatient = createWechatChannel({ configuration: { ...configuration, timeoutMs: 300 }, clock: systemClock(), random: systemRandom })

function answered(status: number, reply: object | undefined, key = platform, ageSeconds = 0): Scripted {
  const body = reply === undefined ? '' : JSON.stringify(reply)
  const headers = signedHeaders(body, key.privateKey, serial, Math.floor(Date.now() / 1000) - ageSeconds)
  return { status, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])), body }
}

/** A request, verified as the platform does it. */
function verified(request: Received | undefined): Received {
  assert.ok(request)
  const { method, url, headers, body } = request
  const value = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(headers.authorization ?? '')?.[1] ?? ''
  assert.deepEqual([value('mchid'), value('serial_no'), headers['wechatpay-serial']], [merchant.mchid, configuration.merchantSerial, serial])
  const text = `${method}\n${url.pathname}${url.search}\n${value('timestamp')}\n${value('nonce_str')}\n${body}\n`
  assert.ok(verify('sha256', Buffer.from(text), createPublicKey(merchantKey.publicPem), Buffer.from(value('signature'), 'base64')))
  return request
}

test('each product has its own way to pay', async () => {
  const native = { ...newTrade, product: 'native' as const }
  script = () => answered(200, { code_url: 'weixin://wxpay/bizpayurl?pr=1' })
  assert.deepEqual(await channel.create(native), { kind: 'ok', value: { kind: 'code', codeUrl: 'weixin://wxpay/bizpayurl?pr=1' } })
  const sent = verified(server.received.at(-1))
  assert.equal(sent.url.pathname, '/v3/pay/transactions/native')
  assert.deepEqual(JSON.parse(sent.body), {
    appid: merchant.appid,
    mchid: merchant.mchid,
    description: '龙井茶 绿茶 春 250g',
    out_trade_no: newTrade.paymentId,
    time_expire: '2026-11-26T20:30:00+08:00',
    notify_url: configuration.notifyUrl,
    amount: { total: 8_888, currency: 'CNY' },
  })

  script = () => answered(200, { h5_url: 'https://pay.example/h5?x=1' })
  assert.deepEqual(await channel.create({ ...newTrade, product: 'h5' }), { kind: 'ok', value: { kind: 'redirect', payUrl: 'https://pay.example/h5?x=1' } })
  assert.match(server.received.at(-1)?.body ?? '', /"payer_client_ip":"203\.0\.113\.7"/)

  script = () => answered(200, { prepay_id: 'wx26112020150000000001' })
  const result = await channel.create({ ...newTrade, product: 'jsapi' })
  assert.ok(result.kind === 'ok' && result.value.kind === 'bridge')
  assert.match(server.received.at(-1)?.body ?? '', /"openid":"o0000000000000000000000001"/)
  const { appId, timeStamp, nonceStr, package: prepay, signType, paySign = '' } = result.value.parameters
  assert.deepEqual([appId, prepay, signType], [merchant.appid, 'prepay_id=wx26112020150000000001', 'RSA'])
  const text = `${appId}\n${timeStamp}\n${nonceStr}\n${prepay}\n`
  assert.ok(verify('sha256', Buffer.from(text), createPublicKey(merchantKey.publicPem), Buffer.from(paySign, 'base64')))
})

const transaction = (change: object) => ({ ...paidTransaction, ...change })
const paidReport = JSON.stringify({
  state: 'paid',
  tradeNo: paidTransaction.transaction_id,
  amountFen: 8_888,
  currency: 'CNY',
  paidAt: Date.UTC(2026, 10, 26, 12, 15, 8),
})
const refundReply = { out_trade_no: newRefund.paymentId, out_refund_no: newRefund.refundId, status: 'PROCESSING', amount: { refund: 1_000, total: 8_888 } }

const query = (of: Channel) => of.query(newTrade.paymentId)
const close = (of: Channel) => of.close(newTrade.paymentId)
const refund = (of: Channel) => of.refund(newRefund)
const queryRefund = (of: Channel) => of.queryRefund(newRefund.paymentId, newRefund.refundId)

test('what the answers mean', async () => {
  const cases: [call: (of: Channel) => Promise<Parameters<typeof said>[0]>, status: number, reply: object | undefined, said: string][] = [
    [query, 200, transaction({}), paidReport],
    [query, 200, transaction({ trade_state: 'REFUND' }), paidReport],
    [query, 200, transaction({ trade_state: 'NOTPAY' }), '{"state":"unpaid"}'],
    [query, 200, transaction({ trade_state: 'USERPAYING' }), '{"state":"unpaid"}'],
    [query, 200, transaction({ trade_state: 'PAYERROR' }), '{"state":"unpaid"}'],
    [query, 200, transaction({ trade_state: 'CLOSED' }), '{"state":"closed"}'],
    [query, 200, transaction({ trade_state: 'REVOKED' }), '{"state":"closed"}'],
    [query, 200, transaction({ trade_state: 'OTHER' }), 'unknown'],
    [query, 200, transaction({ out_trade_no: 'pay_01KB0000000000000000000002' }), 'unknown'],
    [query, 200, transaction({ mchid: '1900000002' }), 'unknown'],
    [query, 404, { code: 'ORDERNOTEXIST', message: 'x' }, '{"state":"not_found"}'],
    [query, 404, { code: 'ORDER_NOT_EXIST', message: 'x' }, '{"state":"not_found"}'],
    [query, 401, { code: 'SIGN_ERROR', message: 'x' }, 'unknown'],
    [refund, 401, { code: 'SIGN_ERROR', message: 'x' }, 'unknown'],
    [query, 429, { code: 'FREQUENCY_LIMITED', message: 'x' }, 'unknown'],
    [query, 429, { code: 'RATE_LIMITED', message: 'x' }, 'unknown'],
    [query, 403, { code: 'RATELIMIT_EXCEED', message: 'x' }, 'unknown'],
    [query, 403, { code: 'RATELIMIT_EXCEEDED', message: 'x' }, 'unknown'],
    [query, 400, { code: 'SYSTEM_ERROR', message: 'x' }, 'unknown'],
    [query, 500, { code: 'SYSTEM_ERROR', message: 'x' }, 'unknown'],
    [query, 503, { code: 'ORDERPAID', message: 'x' }, 'unknown'],
    [query, 302, { code: 'MOVED', message: 'x' }, 'unknown'],
    [close, 204, undefined, '{"state":"closed"}'],
    [close, 404, { code: 'ORDER_NOT_EXIST', message: 'x' }, '{"state":"not_found"}'],
    [close, 400, { code: 'ORDER_CLOSED', message: 'x' }, '{"state":"closed"}'],
    [close, 400, { code: 'ORDERPAID', message: 'x' }, 'rejected ORDERPAID'],
    [refund, 200, refundReply, '{"state":"processing"}'],
    [refund, 200, { ...refundReply, status: 'SUCCESS' }, '{"state":"done","amountFen":1000}'],
    [refund, 200, { ...refundReply, status: 'ABNORMAL' }, '{"state":"abnormal"}'],
    [refund, 200, { ...refundReply, out_refund_no: 'ref_01KB0000000000000000000003' }, 'unknown'],
    [refund, 200, { ...refundReply, out_trade_no: 'pay_01KB0000000000000000000002' }, 'unknown'],
    [refund, 403, { code: 'NOT_ENOUGH', message: 'x' }, 'rejected NOT_ENOUGH'],
    [refund, 404, { code: 'RESOURCE_NOT_EXISTS', message: 'x' }, 'rejected RESOURCE_NOT_EXISTS'],
    [refund, 429, { code: 'FREQUENCY_LIMITED', message: 'x' }, 'unknown'],
    [queryRefund, 200, { ...refundReply, status: 'CLOSED' }, '{"state":"closed"}'],
    [queryRefund, 404, { code: 'RESOURCE_NOT_EXISTS', message: 'x' }, '{"state":"not_found"}'],
    [(of) => of.create({ ...newTrade, product: 'native' }), 200, {}, 'unknown'],
    [(of) => of.create({ ...newTrade, product: 'native' }), 400, { code: 'OUT_TRADE_NO_USED', message: 'x' }, 'rejected OUT_TRADE_NO_USED'],
    [(of) => of.fetchBill('2026-11-25'), 400, { code: 'NO_STATEMENT_EXIST', message: 'x' }, '{"state":"none"}'],
    [(of) => of.fetchBill('2026-11-25'), 400, { code: 'STATEMENT_CREATING', message: 'x' }, '{"state":"none"}'],
    [(of) => of.fetchBill('2026-11-25'), 403, { code: 'NO_AUTH', message: 'x' }, 'rejected NO_AUTH'],
  ]
  for (const [index, [call, status, reply, expected]] of cases.entries()) {
    script = () => answered(status, reply)
    assert.equal(said(await call(channel)), expected, `case ${index}`)
    verified(server.received.at(-1))
  }
})

test('an answer that is late, broken, unsigned or forged is unknown, and nothing of it is told', async () => {
  const reply = transaction({ secret: 'told nowhere' })
  const right = answered(200, reply)
  const rightHeaders = typeof right === 'object' ? right.headers : {}
  const no = { code: 'ORDERPAID', message: 'told nowhere' }
  const cases: [name: string, answer: Scripted][] = [
    ['silence', 'silence'],
    ['a trickle', 'trickle'],
    ['a cut connection', 'cut'],
    ['unsigned', { status: 200, body: JSON.stringify(reply) }],
    ['another’s signature', answered(200, reply, stranger)],
    ['stale', answered(200, reply, platform, 301)],
    ['changed after signing', { status: 200, headers: rightHeaders ?? {}, body: JSON.stringify(transaction({ trade_state: 'NOTPAY' })) }],
    ['an unknown serial', { status: 200, headers: { ...rightHeaders, 'wechatpay-serial': 'PUB_KEY_ID_9' }, body: JSON.stringify(reply) }],
    ['a probe', { status: 200, headers: { ...rightHeaders, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/AAAA' }, body: JSON.stringify(reply) }],
    ['signed, but a list', answered(200, [1])],
    ['an unsigned no', { status: 400, body: JSON.stringify(no) }],
    ['a forged no', answered(400, no, stranger)],
    ['a forged 404', answered(404, { code: 'ORDER_NOT_EXIST' }, stranger)],
    ['a 404 of something else', { status: 404, body: '<html>' }],
    ['502', { status: 502, body: '<html>' }],
  ]
  for (const [name, answer] of cases) {
    script = () => answer
    const result = await (/silence|trickle/.test(name) ? impatient : channel).query(newTrade.paymentId)
    assert.equal(result.kind, 'unknown', name)
    assert.doesNotMatch(JSON.stringify(result), /told nowhere|[0-9A-Za-z+/]{60}/, name)
  }
  script = () => answered(200, reply, stranger)
  assert.match(JSON.stringify(await channel.query(newTrade.paymentId)), /not believed: EV3_RES_HEADER_SIGNATURE_DIGEST/)
  script = () => ({ status: 404, body: JSON.stringify({ code: 'ORDER_NOT_EXIST', message: 'x' }) })
  assert.equal(said(await channel.query(newTrade.paymentId)), '{"state":"not_found"}')
})

test('a 404 that is not signed ends no refund, nor anything else for which it would be a no', async () => {
  const no = { code: 'RESOURCE_NOT_EXISTS', message: 'x' }
  const create = (of: Channel) => of.create({ ...newTrade, product: 'native' })
  const fetchBill = (of: Channel) => of.fetchBill('2026-11-25')
  const cases: [call: (of: Channel) => Promise<Parameters<typeof said>[0]>, answer: Scripted, said: string][] = [
    [refund, { status: 404, body: JSON.stringify({ code: 'NO_ROUTE', message: 'gateway' }) }, 'unknown'],
    [refund, { status: 404, body: JSON.stringify(no) }, 'unknown'],
    [refund, answered(404, no, stranger), 'unknown'],
    [queryRefund, { status: 404, body: JSON.stringify(no) }, '{"state":"perhaps_not_found"}'],
    [queryRefund, answered(404, no, stranger), 'unknown'],
    [queryRefund, { status: 404, body: '<html>' }, 'unknown'],
    [create, { status: 404, body: JSON.stringify(no) }, 'unknown'],
    [fetchBill, { status: 404, body: JSON.stringify(no) }, 'unknown'],
  ]
  for (const [index, [call, answer, expected]] of cases.entries()) {
    script = () => answer
    assert.equal(said(await call(channel)), expected, `case ${index}`)
  }
})

test('what cannot be right is not sent', async () => {
  const before = server.received.length
  const results = [
    await channel.create({ ...newTrade, product: 'page' }),
    await channel.create({ ...newTrade, product: 'native', paymentId: 'a/b?c=1' }),
    await channel.query('a/b?mchid=1'),
    await channel.close('..'),
    await channel.refund({ ...newRefund, amountFen: 8_889 }),
    await channel.queryRefund(newTrade.paymentId, '../../x'),
    await channel.fetchBill('today'),
  ]
  assert.deepEqual(
    results.map(said),
    results.map(() => 'rejected NOT_SENT'),
  )
  assert.equal(server.received.length, before)
})
