import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { test } from 'node:test'
import { AlipaySdk } from 'alipay-sdk'
import type { HeaderValues, ParsedNotification } from '../port.ts'
import { formBody, formHeaders, ours, paidFields, signedFields, signedText, type FormFields } from '../testing/alipay-notifications.ts'
import { newKeyPair } from '../testing/keys.ts'
import { createAlipayNotificationReader } from './notification.ts'

const alipay = newKeyPair()
const stranger = newKeyPair()
const reader = createAlipayNotificationReader({ ...ours, alipayPublicKey: alipay.publicPem })
const sdk = new AlipaySdk({ appId: ours.appId, privateKey: stranger.privatePem, keyType: 'PKCS8', alipayPublicKey: alipay.publicPem })

const now = Date.UTC(2026, 10, 26, 12, 15, 10)
const signed = signedFields(paidFields, alipay.privateKey)

function parse(fields: FormFields, headers: HeaderValues = formHeaders): ParsedNotification {
  return reader.parse(formBody(fields), headers, now)
}

/** A line per notification: the refusal, or the fact. */
function told(parsed: ParsedNotification): string {
  if (parsed.kind === 'refused') return parsed.because
  const { fact } = parsed.notification
  return fact.kind === 'trade' ? `${fact.paymentId} ${fact.trade.state}` : `${fact.paymentId} refund ${fact.refundId} ${fact.refund.state}`
}

test('a payment is read to the fen and the second', () => {
  assert.deepEqual(parse(signed), {
    kind: 'verified',
    notification: {
      channel: 'alipay',
      notificationId: '2026112600222201508097221000000001',
      fact: {
        kind: 'trade',
        paymentId: 'pay_01KB0000000000000000000001',
        trade: { state: 'paid', tradeNo: '2026112622001400000000000001', amountFen: 8_888, currency: 'CNY', paidAt: Date.UTC(2026, 10, 26, 12, 15, 8) },
      },
    },
  })
})

test('what the platform tells of a trade', () => {
  const id = 'pay_01KB0000000000000000000001'
  const refunded = { gmt_refund: '2026-11-27 09:00:00.000', refund_fee: '10.00', out_biz_no: 'ref_1' }
  const cases: [change: FormFields, told: string][] = [
    [{ trade_status: 'TRADE_SUCCESS' }, `${id} paid`],
    [{ trade_status: 'TRADE_FINISHED' }, `${id} paid`],
    [{ trade_status: 'WAIT_BUYER_PAY' }, `${id} unpaid`],
    [{ trade_status: 'TRADE_CLOSED' }, `${id} closed`],
    // A partial refund is told as TRADE_SUCCESS again, a full one as TRADE_CLOSED: neither is a payment or its end.
    [{ trade_status: 'TRADE_SUCCESS', ...refunded }, `${id} refund ref_1 processing`],
    [{ trade_status: 'TRADE_CLOSED', ...refunded }, `${id} refund ref_1 processing`],
    [{ trade_status: 'TRADE_SUCCESS', refund_fee: '10.00', out_biz_no: 'ref_1' }, `${id} refund ref_1 processing`],
    // Refunded in the platform's own console: there is no number of ours. That it was paid is still true.
    [{ trade_status: 'TRADE_CLOSED', gmt_refund: '2026-11-27 09:00:00.000' }, `${id} paid`],
    [{ refund_fee: '0.00' }, `${id} paid`],
    [{ out_trade_no: 'somebody-elses|order*1' }, 'somebody-elses|order*1 paid'],
  ]
  for (const [change, expected] of cases)
    assert.equal(told(parse(signedFields({ ...paidFields, ...change }, alipay.privateKey))), expected, JSON.stringify(change))
})

test('every guard refuses what it is there for', () => {
  const resigned = (change: FormFields) => formBody(signedFields({ ...paidFields, ...change }, alipay.privateKey))
  const changed = (change: FormFields) => formBody({ ...signed, ...change })
  const without = (name: string) => formBody(Object.fromEntries(Object.entries(signed).filter(([key]) => key !== name)))
  const text = formBody(signed).toString()
  const cases: [body: string | Buffer, headers: HeaderValues, because: string][] = [
    ['', formHeaders, 'malformed'],
    [`${text}&x=${'a'.repeat(64 * 1024)}`, formHeaders, 'malformed'],
    [text, {}, 'unsupported'],
    [text, { 'content-type': 'application/json' }, 'unsupported'],
    [text, { 'content-type': 'text/plain' }, 'unsupported'],
    [text, { 'content-type': 'application/x-www-form-urlencoded; charset=GBK' }, 'unsupported'],
    [text, { 'content-type': 'application/x-www-form-urlencoded; boundary=x' }, 'unsupported'],
    [text, { 'content-type': 'multipart/form-data; boundary=x' }, 'unsupported'],
    [text, { 'content-type': ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'] }, 'malformed'],
    [`${text}&total_amount=88.88`, formHeaders, 'malformed'],
    [`${text}&%74otal_amount=0.01`, formHeaders, 'malformed'],
    [`${text}&x=%ff`, formHeaders, 'malformed'],
    [Buffer.concat([Buffer.from(text), Buffer.from([0xff])]), formHeaders, 'malformed'],
    [without('sign'), formHeaders, 'unsigned'],
    [changed({ sign: '' }), formHeaders, 'unsigned'],
    [without('sign_type'), formHeaders, 'unsupported'],
    [formBody(signedFields(paidFields, alipay.privateKey, 'sha1')), formHeaders, 'unsupported'],
    [changed({ sign_type: 'RSA3' }), formHeaders, 'unsupported'],
    [resigned({ charset: 'GBK' }), formHeaders, 'unsupported'],
    [changed({ sign: '中' }), formHeaders, 'bad_signature'],
    [changed({ sign: 'AAAA' }), formHeaders, 'bad_signature'],
    [formBody(signedFields(paidFields, stranger.privateKey)), formHeaders, 'bad_signature'],
    [changed({ total_amount: '8888.00' }), formHeaders, 'bad_signature'],
    [changed({ out_trade_no: 'pay_01KB0000000000000000000002' }), formHeaders, 'bad_signature'],
    [changed({ extra: '' }), formHeaders, 'bad_signature'],
    [without('body'), formHeaders, 'bad_signature'],
    [resigned({ app_id: '2021000000000002' }), formHeaders, 'not_ours'],
    [resigned({ seller_id: '2088000000000002' }), formHeaders, 'not_ours'],
    [
      formBody(signedFields(Object.fromEntries(Object.entries(paidFields).filter(([name]) => name !== 'seller_id')), alipay.privateKey)),
      formHeaders,
      'not_ours',
    ],
    [resigned({ notify_type: 'dut_user_sign' }), formHeaders, 'unsupported'],
    [resigned({ trade_status: 'TRADE_PENDING' }), formHeaders, 'unsupported'],
    [resigned({ notify_id: '' }), formHeaders, 'malformed'],
    [resigned({ out_trade_no: '' }), formHeaders, 'malformed'],
    [resigned({ out_trade_no: 'a\nb' }), formHeaders, 'malformed'],
    [resigned({ out_trade_no: 'a'.repeat(65) }), formHeaders, 'malformed'],
    [resigned({ trade_no: '' }), formHeaders, 'malformed'],
    [resigned({ total_amount: '88.888' }), formHeaders, 'malformed'],
    [resigned({ total_amount: '-88.88' }), formHeaders, 'malformed'],
    [resigned({ gmt_payment: 'yesterday' }), formHeaders, 'malformed'],
    [resigned({ out_biz_no: 'a b', refund_fee: '1.00' }), formHeaders, 'malformed'],
  ]
  for (const [index, [body, headers, because]] of cases.entries()) {
    const parsed = reader.parse(Buffer.from(body), headers, now)
    assert.equal(told(parsed), because, `case ${index}`)
    // A refusal is for a log: nothing of the sender's is in it.
    if (parsed.kind === 'refused') assert.doesNotMatch(parsed.detail, /\d{6}|[0-9A-Za-z+/]{40}/)
  }
})

test('where no guard is in the way, the SDK says the same of a signature', () => {
  const withType = (fields: FormFields): FormFields => signedFields(fields, alipay.privateKey)
  const cases: [fields: FormFields, isRight: boolean][] = [
    [signed, true],
    [withType({ ...paidFields, subject: '100% & = + "引号" <>' }), true],
    [withType({ ...paidFields, passback_params: 'merchant%3D%26%25' }), true],
    [withType({ ...paidFields, body: '', body2: ' ' }), true],
    [{ ...signed, subject: 'other' }, false],
    [{ ...signed, body: 'x' }, false],
    [{ ...signed, added: '' }, false],
    [signedFields(paidFields, stranger.privateKey), false],
  ]
  for (const [fields, isRight] of cases) {
    assert.equal(sdk.checkNotifySignV2({ ...fields }), isRight)
    assert.equal(told(parse(fields)) === 'pay_01KB0000000000000000000001 paid', isRight)
  }
})

test('a signature that covers sign_type, as of some of the platform’s products, is taken by both', () => {
  const fields = { ...paidFields, sign_type: 'RSA2' }
  const covered = { ...fields, sign: sign('sha256', Buffer.from(signedText(fields, ['sign'])), alipay.privateKey).toString('base64') }
  assert.equal(sdk.checkNotifySignV2({ ...covered }), true)
  assert.equal(told(parse(covered)), 'pay_01KB0000000000000000000001 paid')
})
