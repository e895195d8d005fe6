import assert from 'node:assert/strict'
import { createPublicKey, sign, verify } from 'node:crypto'
import { after, test } from 'node:test'
import { systemClock } from '@suanpan/runtime/time'
import type { Channel } from '../port.ts'
import { ours } from '../testing/alipay-notifications.ts'
import { newKeyPair } from '../testing/keys.ts'
import { scriptedServer, type Received, type Scripted } from '../testing/scripted-server.ts'
import { newRefund, newTrade, said } from '../testing/trades.ts'
import { createAlipayChannel } from './channel.ts'

// Everything here happens in New York: the platform's time must not depend on it.
process.env['TZ'] = 'America/New_York'

const app = newKeyPair()
const alipay = newKeyPair()
const stranger = newKeyPair()

let script: (request: Received) => Scripted = () => 'cut'
const server = await scriptedServer((request) => script(request))
after(server.close)

const now = Date.UTC(2026, 10, 26, 12, 15, 0)
const configuration = {
  ...ours,
  profile: 'sandbox' as const,
  gateway: `${server.origin}/gateway.do`,
  notifyUrl: 'http://127.0.0.1:9/notify/alipay',
  timeoutMs: 10_000,
  privateKey: app.privatePem,
  alipayPublicKey: alipay.publicPem,
  certificates: undefined,
}
const clock = { ...systemClock(), now: () => now }
const channel = createAlipayChannel({ configuration, clock })
const impatient = createAlipayChannel({ configuration: { ...configuration, timeoutMs: 300 }, clock })

const success = { code: '10000', msg: 'Success', out_trade_no: newTrade.paymentId }

/** An answer as the gateway writes one: the signature over the object's own text, behind it. */
function answered(method: string, reply: object, key = alipay): Scripted {
  const text = JSON.stringify(reply).replaceAll('/', String.raw`\/`)
  const signature = sign('sha256', Buffer.from(text), key.privateKey).toString('base64')
  return { status: 200, body: `{"${method.replaceAll('.', '_')}_response":${text},"sign":"${signature}"}` }
}

const methodOf = ({ url }: Received) => url.searchParams.get('method') ?? ''
const replying = (reply: object) => (request: Received) => answered(methodOf(request), reply)

/** Every parameter of a request, verified as the platform does it. */
function verifiedParameters(query: URLSearchParams, body = ''): Record<string, string> {
  const parameters = Object.fromEntries([...query, ...new URLSearchParams(body)])
  const names = Object.keys(parameters).filter((name) => name !== 'sign')
  const text = names
    .sort()
    .map((name) => `${name}=${parameters[name]}`)
    .join('&')
  assert.ok(verify('sha256', Buffer.from(text), createPublicKey(app.publicPem), Buffer.from(parameters['sign'] ?? '', 'base64')))
  assert.deepEqual(
    names.filter((name) => parameters[name] === '' || parameters[name] === 'undefined'),
    [],
  )
  return parameters
}

test('a page to pay at is a signed URL, in the platform’s time, with harmless text', async () => {
  assert.notEqual(new Date(now).getTimezoneOffset(), -480)
  for (const [product, method, code] of [
    ['page', 'alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'],
    ['wap', 'alipay.trade.wap.pay', 'QUICK_WAP_WAY'],
  ] as const) {
    const result = await channel.create({ ...newTrade, product })
    assert.ok(result.kind === 'ok' && result.value.kind === 'redirect')
    const parameters = verifiedParameters(new URL(result.value.payUrl).searchParams)
    assert.deepEqual([parameters['method'], parameters['timestamp'], parameters['notify_url']], [method, '2026-11-26 20:15:00', configuration.notifyUrl])
    assert.deepEqual(JSON.parse(parameters['biz_content'] ?? ''), {
      out_trade_no: newTrade.paymentId,
      subject: '龙井茶 绿茶 春 250g',
      total_amount: '88.88',
      time_expire: '2026-11-26 20:30:00',
      product_code: code,
    })
  }
})

test('a code is asked for over a signed call; nothing empty is sent, which would be signed and then left out', async () => {
  script = replying({ ...success, qr_code: 'https://qr.example/bax1' })
  await channel.create({ ...newTrade, subject: '🍵&' })
  assert.match(new URLSearchParams(server.received.at(-1)?.body).get('biz_content') ?? '', /"subject":"-"/)
  assert.deepEqual(await channel.create(newTrade), { kind: 'ok', value: { kind: 'code', codeUrl: 'https://qr.example/bax1' } })
  const request = server.received.at(-1)
  assert.ok(request)
  const parameters = verifiedParameters(request.url.searchParams, request.body)
  assert.deepEqual([parameters['timestamp'], parameters['sign_type'], parameters['app_id']], ['2026-11-26 20:15:00', 'RSA2', ours.appId])
})

const paid = {
  ...success,
  trade_no: '2026112622001400000000000001',
  trade_status: 'TRADE_SUCCESS',
  total_amount: '88.88',
  send_pay_date: '2026-11-26 20:14:59',
}
const paidReport = (paidAt: number) => JSON.stringify({ state: 'paid', tradeNo: paid.trade_no, amountFen: 8_888, currency: 'CNY', paidAt })
const echo = { ...success, out_request_no: newRefund.refundId, refund_amount: '10.00' }
const failed = (subCode: string) => ({ code: '40004', msg: 'Business Failed', sub_code: subCode, sub_msg: 'buyer 2088000000000009' })

const query = (of: Channel) => of.query(newTrade.paymentId)
const close = (of: Channel) => of.close(newTrade.paymentId)
const refund = (of: Channel) => of.refund(newRefund)
const queryRefund = (of: Channel) => of.queryRefund(newRefund.paymentId, newRefund.refundId)

test('what the answers mean', async () => {
  const cases: [call: (of: Channel) => Promise<Parameters<typeof said>[0]>, reply: object, said: string][] = [
    [query, paid, paidReport(Date.UTC(2026, 10, 26, 12, 14, 59))],
    [query, { ...paid, trade_status: 'TRADE_FINISHED' }, paidReport(Date.UTC(2026, 10, 26, 12, 14, 59))],
    [query, { ...paid, send_pay_date: undefined }, paidReport(now)],
    [query, { ...paid, trade_status: 'WAIT_BUYER_PAY', send_pay_date: undefined }, '{"state":"unpaid"}'],
    [query, { ...paid, trade_status: 'TRADE_CLOSED', send_pay_date: undefined }, '{"state":"closed"}'],
    // Closed by a full refund: it was paid.
    [query, { ...paid, trade_status: 'TRADE_CLOSED' }, paidReport(Date.UTC(2026, 10, 26, 12, 14, 59))],
    [query, failed('ACQ.TRADE_NOT_EXIST'), '{"state":"not_found"}'],
    [query, { ...paid, trade_status: 'OTHER' }, 'unknown'],
    [query, { ...paid, total_amount: '88.888' }, 'unknown'],
    [query, { ...paid, out_trade_no: 'pay_01KB0000000000000000000002' }, 'unknown'],
    [query, failed('ACQ.SYSTEM_ERROR'), 'unknown'],
    [query, { code: '20000', msg: 'Service Currently Unavailable', sub_code: 'isp.unknow-error' }, 'unknown'],
    [query, { code: '20000', msg: 'Service Currently Unavailable', sub_code: 'aop.new-one' }, 'unknown'],
    [query, { code: '10003', msg: 'order success pay inprocess' }, 'unknown'],
    [refund, { code: '40005', msg: 'Call Limited', sub_code: 'isv.app-call-limited' }, 'unknown'],
    [refund, { code: '40005', msg: 'Call Limited', sub_code: 'isv.method-call-limited' }, 'unknown'],
    [query, { msg: 'no code' }, 'unknown'],
    [query, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-signature' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-signature' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-app-id' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.missing-signature-key' }, 'unknown'],
    [refund, { code: '40003', msg: 'Insufficient Conditions', sub_code: 'isv.missing-signature-config' }, 'unknown'],
    [refund, { code: '40001', msg: 'Missing Required Arguments', sub_code: 'isv.missing-app-cert-sn' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-app-cert-sn' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.invalid-root-cert-sn' }, 'unknown'],
    [refund, { code: '40002', msg: 'Invalid Arguments', sub_code: 'isv.missing-parameter' }, 'rejected isv.missing-parameter'],
    [query, { code: '40006', msg: 'Insufficient Permissions' }, 'rejected 40006'],
    [close, success, '{"state":"closed"}'],
    [close, failed('ACQ.TRADE_NOT_EXIST'), '{"state":"not_found"}'],
    [close, failed('ACQ.TRADE_STATUS_ERROR'), 'rejected ACQ.TRADE_STATUS_ERROR'],
    [refund, { ...success, fund_change: 'Y', refund_fee: '30.00' }, '{"state":"done","amountFen":1000}'],
    [refund, { ...success, fund_change: 'N', refund_fee: '10.00' }, '{"state":"processing"}'],
    [refund, success, '{"state":"processing"}'],
    [refund, failed('ACQ.SELLER_BALANCE_NOT_ENOUGH'), 'rejected ACQ.SELLER_BALANCE_NOT_ENOUGH'],
    [queryRefund, echo, '{"state":"done","amountFen":1000}'],
    [queryRefund, { ...echo, refund_status: 'REFUND_SUCCESS' }, '{"state":"done","amountFen":1000}'],
    [queryRefund, { ...echo, refund_status: 'REFUND_PROCESSING' }, '{"state":"processing"}'],
    [queryRefund, { ...echo, refund_status: 'REFUND_FAIL' }, '{"state":"closed"}'],
    [queryRefund, success, '{"state":"not_found"}'],
    [queryRefund, { ...success, out_request_no: newRefund.refundId }, '{"state":"not_found"}'],
    [queryRefund, { ...echo, out_request_no: 'ref_01KB0000000000000000000003' }, 'unknown'],
    [queryRefund, { ...echo, out_trade_no: 'pay_01KB0000000000000000000002' }, 'unknown'],
    [queryRefund, failed('ACQ.TRADE_NOT_EXIST'), '{"state":"not_found"}'],
    [(of) => of.create(newTrade), success, 'unknown'],
    [(of) => of.create(newTrade), failed('ACQ.TRADE_HAS_SUCCESS'), 'rejected ACQ.TRADE_HAS_SUCCESS'],
    [(of) => of.fetchBill('2026-11-25'), failed('isp.bill_not_exist'), '{"state":"none"}'],
    [(of) => of.fetchBill('2026-11-25'), failed('isv.insufficient-isv-permissions'), 'rejected isv.insufficient-isv-permissions'],
  ]
  for (const [index, [call, reply, expected]] of cases.entries()) {
    script = replying(reply)
    const result = await call(channel)
    assert.equal(said(result), expected, `case ${index}`)
    assert.doesNotMatch(JSON.stringify(result), /2088/)
  }
})

test('an answer that is late, broken, unsigned or forged is unknown, and nothing of it is told', async () => {
  const right = (request: Received) => answered(methodOf(request), paid)
  const bodyOf = (answer: Scripted) => (typeof answer === 'object' ? answer.body.toString() : '')
  const cases: [name: string, script: (request: Received) => Scripted][] = [
    ['silence', () => 'silence'],
    ['a trickle', () => 'trickle'],
    ['a cut connection', () => 'cut'],
    ['502', (request) => ({ status: 502, body: bodyOf(right(request)) })],
    ['no JSON', () => ({ status: 200, body: '<html>' })],
    ['empty', () => ({ status: 200, body: '' })],
    ['no signature', (request) => ({ status: 200, body: bodyOf(right(request)).replace(/,"sign".*/, '}') })],
    ['another’s signature', (request) => answered(methodOf(request), paid, stranger)],
    ['changed after signing', (request) => ({ status: 200, body: bodyOf(right(request)).replace('88.88', '88.89') })],
    ['an unsigned error', () => ({ status: 200, body: '{"error_response":{"code":"40002","msg":"x","sub_code":"isv.invalid-app-id"}}' })],
    ['another method’s answer', () => answered('alipay.trade.close', success)],
  ]
  // Why it does not know us is for the log, wherever it stands and whether there is a signature or none.
  for (const name of ['error_response', 'alipay_trade_query_response']) {
    for (const tail of ['', ',"sign":"AAAA"', ',"sign":7']) {
      script = () => ({ status: 200, body: `{"${name}":{"code":"40002","msg":"x","sub_code":"isv.invalid-app-id"}${tail}}` })
      assert.match(JSON.stringify(await channel.query(newTrade.paymentId)), /"kind":"unknown".*it said, unverified, isv\.invalid-app-id"/, name + tail)
    }
  }
  for (const [name, wrong] of cases) {
    script = wrong
    const result = await (/silence|trickle/.test(name) ? impatient : channel).query(newTrade.paymentId)
    assert.equal(result.kind, 'unknown', name)
    assert.doesNotMatch(JSON.stringify(result), /sign":|[0-9A-Za-z+/]{40}/, name)
  }
})

test('what cannot be right is not sent', async () => {
  const before = server.received.length
  const results = [
    await channel.create({ ...newTrade, paymentId: 'a/b?c=1' }),
    await channel.create({ ...newTrade, paymentId: 'short' }),
    await channel.create({ ...newTrade, amountFen: 0 }),
    await channel.create({ ...newTrade, amountFen: 0.5 }),
    await channel.create({ ...newTrade, amountFen: Number.NaN }),
    await channel.create({ ...newTrade, product: 'native' }),
    await channel.query(''),
    await channel.close('../../x'),
    await channel.refund({ ...newRefund, amountFen: 8_889 }),
    await channel.refund({ ...newRefund, refundId: '' }),
    await channel.queryRefund(newTrade.paymentId, 'a b c d e f'),
    await channel.fetchBill('2026-11'),
  ]
  assert.deepEqual(
    results.map(said),
    results.map(() => 'rejected NOT_SENT'),
  )
  assert.equal(server.received.length, before)
})
