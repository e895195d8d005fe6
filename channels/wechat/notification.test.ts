import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin'
import type { HeaderValues, ParsedNotification } from '../port.ts'
import { newKeyPair } from '../testing/keys.ts'
import { doneRefund, merchant, paidTransaction, paymentSealing, refundSealing, sealed, signedHeaders, type Sealing } from '../testing/wechat-notifications.ts'
import { createWechatNotificationReader } from './notification.ts'

const certificate = newKeyPair()
const publicKey = newKeyPair()
const stranger = newKeyPair()
const certificateSerial = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'
const publicKeyId = 'PUB_KEY_ID_0119000000012026112600000000000001'
const reader = createWechatNotificationReader({ ...merchant, platformKeys: { [certificateSerial]: certificate.publicPem, [publicKeyId]: publicKey.publicPem } })

const atSeconds = Date.UTC(2026, 10, 26, 12, 15, 10) / 1000
const now = atSeconds * 1000 + 400

function parse(inside: unknown, sealing: Sealing, change: Record<string, unknown> = {}): ParsedNotification {
  return parseBody(JSON.stringify({ ...sealed(inside, sealing), ...change }))
}

function parseBody(body: string | Buffer, change: HeaderValues = {}): ParsedNotification {
  return reader.parse(Buffer.from(body), { ...signedHeaders(body, publicKey.privateKey, publicKeyId, atSeconds), ...change }, now)
}

/** A line per notification: the refusal, or the fact. */
function told(parsed: ParsedNotification): string {
  if (parsed.kind === 'refused') return parsed.because
  const { fact } = parsed.notification
  return fact.kind === 'trade' ? `${fact.paymentId} ${JSON.stringify(fact.trade)}` : `${fact.paymentId} ${fact.refundId} ${JSON.stringify(fact.refund)}`
}

test('a payment is read; its amount is what was asked for, not what the payer’s coupon left of it', () => {
  assert.deepEqual(parse(paidTransaction, paymentSealing), {
    kind: 'verified',
    notification: {
      channel: 'wechat',
      notificationId: 'e2a7e1c0-0000-5000-8000-000000000001',
      fact: {
        kind: 'trade',
        paymentId: 'pay_01KB0000000000000000000001',
        trade: { state: 'paid', tradeNo: '4200000000202611260000000001', amountFen: 8_888, currency: 'CNY', paidAt: Date.UTC(2026, 10, 26, 12, 15, 8) },
      },
    },
  })
})

test('refunds are read, with and without a merchant in them', () => {
  const prefix = 'pay_01KB0000000000000000000001 ref_01KB0000000000000000000002'
  const cases: [eventType: string, change: Record<string, unknown>, told: string][] = [
    ['REFUND.SUCCESS', {}, `${prefix} {"state":"done","amountFen":1000}`],
    ['REFUND.SUCCESS', { mchid: undefined }, `${prefix} {"state":"done","amountFen":1000}`],
    ['REFUND.ABNORMAL', { refund_status: 'ABNORMAL' }, `${prefix} {"state":"abnormal"}`],
    ['REFUND.CLOSED', { refund_status: 'CLOSED' }, `${prefix} {"state":"closed"}`],
    ['REFUND.SUCCESS', { refund_status: 'PROCESSING' }, `${prefix} {"state":"processing"}`],
    ['REFUND.SUCCESS', { mchid: '1900000002' }, 'not_ours'],
    ['REFUND.SUCCESS', { refund_status: 'OTHER' }, 'malformed'],
    ['REFUND.SUCCESS', { amount: { total: 8_888 } }, 'malformed'],
    ['REFUND.SUCCESS', { out_refund_no: '' }, 'malformed'],
  ]
  for (const [eventType, change, expected] of cases) assert.equal(told(parse({ ...doneRefund, ...change }, { ...refundSealing, eventType })), expected)
})

test('the key is chosen by its serial number; both are held while the platform moves from one to the other', () => {
  const body = JSON.stringify(sealed(paidTransaction, paymentSealing))
  const cases: [serial: string, key: typeof certificate, kind: string][] = [
    [certificateSerial, certificate, 'verified'],
    [publicKeyId, publicKey, 'verified'],
    [certificateSerial, publicKey, 'bad_signature'],
    [publicKeyId, certificate, 'bad_signature'],
    [publicKeyId, stranger, 'bad_signature'],
    ['5157F09EFDC096DE15EBE81A47057A7232F1B8E2', stranger, 'unknown_key'],
    ['__proto__', stranger, 'unknown_key'],
  ]
  for (const [serial, key, kind] of cases) {
    const parsed = reader.parse(Buffer.from(body), signedHeaders(body, key.privateKey, serial, atSeconds), now)
    assert.equal(parsed.kind === 'refused' ? parsed.because : parsed.kind, kind, serial)
  }
})

test('every guard on the envelope refuses what it is there for', () => {
  const body = JSON.stringify(sealed(paidTransaction, paymentSealing))
  const signature = String(signedHeaders(body, publicKey.privateKey, publicKeyId, atSeconds)['wechatpay-signature'])
  const at = (seconds: number) => signedHeaders(body, publicKey.privateKey, publicKeyId, seconds)
  const cases: [name: string, body: string | Buffer, change: HeaderValues, because: string][] = [
    ['empty', '', {}, 'malformed'],
    ['too long', `${body}${' '.repeat(64 * 1024)}`, {}, 'malformed'],
    ['no content type', body, { 'content-type': undefined }, 'unsupported'],
    ['a form', body, { 'content-type': 'application/x-www-form-urlencoded' }, 'unsupported'],
    ['another charset', body, { 'content-type': 'application/json; charset=gbk' }, 'unsupported'],
    ['no signature', body, { 'wechatpay-signature': undefined }, 'unsigned'],
    ['no timestamp', body, { 'wechatpay-timestamp': undefined }, 'unsigned'],
    ['no nonce', body, { 'wechatpay-nonce': undefined }, 'unsigned'],
    ['no serial', body, { 'wechatpay-serial': undefined }, 'unsigned'],
    ['empty serial', body, { 'wechatpay-serial': '' }, 'unsigned'],
    ['two serials', body, { 'wechatpay-serial': [publicKeyId, publicKeyId] }, 'malformed'],
    ['two serials, joined', body, { 'wechatpay-serial': `${publicKeyId}, ${publicKeyId}` }, 'malformed'],
    ['two timestamps, joined', body, { 'wechatpay-timestamp': `${atSeconds}, ${atSeconds}` }, 'malformed'],
    ['two nonces, joined', body, { 'wechatpay-nonce': 'a, b' }, 'malformed'],
    ['two signatures', body, { 'wechatpay-signature': [signature, signature] }, 'malformed'],
    ['two signatures, joined', body, { 'wechatpay-signature': `${signature}, ${signature}` }, 'bad_signature'],
    ['an odd timestamp', body, { 'wechatpay-timestamp': '1e9' }, 'malformed'],
    ['another algorithm', body, { 'wechatpay-signature-type': 'WECHATPAY2-SM2-WITH-SM3' }, 'unsupported'],
    ['300 s old', body, at(atSeconds - 299), 'verified'],
    ['too old', body, at(atSeconds - 300), 'stale'],
    ['ahead', body, at(atSeconds + 300), 'verified'],
    ['too far ahead', body, at(atSeconds + 301), 'stale'],
    ['another nonce', body, { 'wechatpay-nonce': 'another' }, 'bad_signature'],
    ['another time', body, { 'wechatpay-timestamp': String(atSeconds - 1) }, 'bad_signature'],
    ['a probe', body, { 'wechatpay-signature': `WECHATPAY/SIGNTEST/${signature.slice(19)}` }, 'bad_signature'],
    ['no base64', body, { 'wechatpay-signature': '!' }, 'bad_signature'],
  ]
  for (const [name, bytes, change, because] of cases) {
    const parsed = parseBody(bytes, change)
    assert.equal(parsed.kind === 'refused' ? parsed.because : parsed.kind, because, name)
    if (parsed.kind === 'refused') assert.doesNotMatch(parsed.detail, /[0-9A-Za-z+/]{60}|o000/)
  }
  const signed = signedHeaders(body, publicKey.privateKey, publicKeyId, atSeconds)
  assert.equal(told(reader.parse(Buffer.from(body.replace('支付成功', '支付失败')), signed, now)), 'bad_signature')
  assert.equal(told(reader.parse(Buffer.from(` ${body}`), signed, now)), 'bad_signature')
})

test('what is signed but cannot be opened, or is not for us, is refused', () => {
  const whole = sealed(paidTransaction, paymentSealing)
  const resource = whole['resource'] as Record<string, string>
  const flipped = (text: string, index: number) => {
    const bytes = Buffer.from(text, 'base64')
    bytes.writeUInt8(bytes.readUInt8((index + bytes.length) % bytes.length) ^ 1, (index + bytes.length) % bytes.length)
    return bytes.toString('base64')
  }
  const withResource = (change: Record<string, unknown>) => JSON.stringify({ ...whole, resource: { ...resource, ...change } })
  const cases: [name: string, body: string | Buffer, because: string][] = [
    ['no JSON', '{', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['too deep', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'malformed'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'malformed'],
    ['no id', JSON.stringify({ ...whole, id: undefined }), 'malformed'],
    ['another resource type', JSON.stringify({ ...whole, resource_type: 'plain' }), 'unsupported'],
    ['another event', JSON.stringify({ ...whole, event_type: 'PAYSCORE.USER_PAID' }), 'unsupported'],
    ['a payment told as a refund', JSON.stringify({ ...whole, event_type: 'REFUND.SUCCESS' }), 'unsupported'],
    ['a refund told as a payment', JSON.stringify(sealed(doneRefund, { ...refundSealing, eventType: 'TRANSACTION.SUCCESS' })), 'not_ours'],
    ['another cipher', withResource({ algorithm: 'AEAD_SM4_GCM' }), 'unsupported'],
    ['a changed text', withResource({ ciphertext: flipped(resource['ciphertext'] ?? '', 0) }), 'bad_signature'],
    ['a changed tag', withResource({ ciphertext: flipped(resource['ciphertext'] ?? '', -1) }), 'bad_signature'],
    ['other associated data', withResource({ associated_data: '' }), 'bad_signature'],
    ['another nonce', withResource({ nonce: 'fdasflkja485' }), 'bad_signature'],
    ['a short nonce', withResource({ nonce: 'short' }), 'malformed'],
    ['nothing but a tag', withResource({ ciphertext: Buffer.alloc(16).toString('base64') }), 'malformed'],
    ['no resource', JSON.stringify({ ...whole, resource: 'x' }), 'unsupported'],
    ['another APIv3 key', JSON.stringify(sealed(paidTransaction, { ...paymentSealing, apiV3Key: 'f'.repeat(32) })), 'bad_signature'],
    ['another merchant', JSON.stringify(sealed({ ...paidTransaction, mchid: '1900000002' }, paymentSealing)), 'not_ours'],
    ['no merchant', JSON.stringify(sealed({ ...paidTransaction, mchid: undefined }, paymentSealing)), 'not_ours'],
    ['another app', JSON.stringify(sealed({ ...paidTransaction, appid: 'wx0000000000000002' }, paymentSealing)), 'not_ours'],
    ['a fraction', JSON.stringify(sealed({ ...paidTransaction, amount: { total: 88.88, currency: 'CNY' } }, paymentSealing)), 'malformed'],
    ['an amount as text', JSON.stringify(sealed({ ...paidTransaction, amount: { total: '8888', currency: 'CNY' } }, paymentSealing)), 'malformed'],
    ['no time', JSON.stringify(sealed({ ...paidTransaction, success_time: '' }, paymentSealing)), 'malformed'],
    ['an odd state', JSON.stringify(sealed({ ...paidTransaction, trade_state: 'constructor' }, paymentSealing)), 'malformed'],
    ['no number', JSON.stringify(sealed({ ...paidTransaction, out_trade_no: 7 }, paymentSealing)), 'malformed'],
  ]
  for (const [name, body, because] of cases) assert.equal(told(parseBody(body)), because, name)
  assert.equal(parse(paidTransaction, { ...paymentSealing, associatedData: '' }).kind, 'verified')
})

test('the plugin’s own primitives make what is read here', () => {
  const nonce = 'abcdef012345'
  const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(paidTransaction), merchant.apiV3Key, nonce, 'transaction')
  const body = JSON.stringify({
    ...sealed({}, paymentSealing),
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data: 'transaction' },
  })
  const headerNonce = Formatter.nonce()
  const signature = Rsa.sign(Formatter.response(String(atSeconds), headerNonce, body), certificate.privateKey)
  const headers = {
    'content-type': 'application/json',
    'wechatpay-timestamp': String(atSeconds),
    'wechatpay-nonce': headerNonce,
    'wechatpay-serial': certificateSerial,
    'wechatpay-signature': signature,
  }
  assert.equal(reader.parse(Buffer.from(body), headers, now).kind, 'verified')
})
