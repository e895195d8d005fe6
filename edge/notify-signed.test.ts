import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAlipayNotificationReader } from '@suanpan/channels/alipay/notification'
import {
  formBody,
  formHeaders,
  merchant,
  newKeyPair,
  ours,
  paidFields,
  paidTransaction,
  paymentSealing,
  sealed,
  signedFields,
  signedHeaders,
} from '@suanpan/channels/testing'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import type { ChannelName, HeaderValues } from '@suanpan/channels'
import type { Notification } from '@suanpan/contracts/payment'
import { manualClock } from '@suanpan/runtime/time'
import { edgeBeforeServices } from './testing/edge.ts'

const platform = newKeyPair()
const stranger = newKeyPair()
const serial = 'PUB_KEY_ID_0000000000000000000000000001'
const now = Date.parse('2026-11-26T20:15:10+08:00')
const nowSeconds = now / 1_000

const readers = [
  createAlipayNotificationReader({ ...ours, alipayPublicKey: platform.publicPem }),
  createWechatNotificationReader({ ...merchant, platformKeys: { [serial]: platform.publicPem } }),
]

interface Arriving {
  readonly body: Buffer | string
  readonly headers: HeaderValues
}

/** What the platform is answered, and what became of its notification. */
async function told(channel: ChannelName, { body, headers }: Arriving) {
  const kept: Notification[] = []
  const receiveNotifications = async ({ notifications }: { readonly notifications: readonly Notification[] }) => {
    kept.push(...notifications)
    return {}
  }
  const edge = await edgeBeforeServices({ clock: manualClock(now), readers, payment: { receiveNotifications } })
  const sent = { ...headers } as Record<string, string | string[]>
  const { statusCode, body: text } = await edge.inject({ method: 'POST', url: `/notify/${channel}`, headers: sent, payload: body })
  const counted = /suanpan_notifications_total\{[^}]*result="(\w+)"\} 1/.exec((await edge.inject({ url: '/metrics' })).body)?.[1]
  return { status: statusCode, text, counted, kept }
}

interface Case extends Arriving {
  readonly what: string
  readonly counted: string
}

const form = (change: Readonly<Record<string, string>> = {}, key = platform.privateKey) => signedFields({ ...paidFields, ...change }, key)
const good = formBody(form())
const sent = (body: Buffer | string): Arriving => ({ body, headers: formHeaders })
const { sign: _, ...unsigned } = form()

const alipay: readonly Case[] = [
  { what: 'a form that says a key twice', ...sent(`${good.toString()}&total_amount=0.01`), counted: 'malformed' },
  { what: 'a form that says a key twice, the same', ...sent(`${good.toString()}&app_id=${ours.appId}`), counted: 'malformed' },
  { what: 'bytes that are no UTF-8', ...sent(`${good.toString()}&memo=%ff%fe`), counted: 'malformed' },
  { what: 'a lonely percent', ...sent(`${good.toString()}&memo=%`), counted: 'malformed' },
  { what: 'JSON', ...sent(JSON.stringify(form())), counted: 'malformed' },
  { what: 'no signature', ...sent(formBody(unsigned)), counted: 'unsigned' },
  { what: 'another price', ...sent(formBody({ ...form(), total_amount: '0.01' })), counted: 'bad_signature' },
  { what: 'one field more', ...sent(`${good.toString()}&memo=x`), counted: 'bad_signature' },
  { what: "a stranger's signature", ...sent(formBody(form({}, stranger.privateKey))), counted: 'bad_signature' },
  { what: 'SHA-1, chosen by the sender', ...sent(formBody(signedFields(paidFields, platform.privateKey, 'sha1'))), counted: 'unsupported' },
  { what: "another shop's app", ...sent(formBody(form({ app_id: '2021000000000002' }))), counted: 'not_ours' },
  { what: 'another seller', ...sent(formBody(form({ seller_id: '2088000000000002' }))), counted: 'not_ours' },
  { what: 'half a fen', ...sent(formBody(form({ total_amount: '88.885' }))), counted: 'malformed' },
]

const inside = JSON.stringify(sealed(paidTransaction, paymentSealing))
function signed(body: string | Buffer, change: HeaderValues = {}, key = platform.privateKey, at = nowSeconds): Arriving {
  const headers = Object.entries({ ...signedHeaders(body, key, serial, at), ...change }).filter(([, value]) => value !== undefined)
  return { body, headers: Object.fromEntries(headers) }
}
const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
const other = (change: object) => JSON.stringify(sealed({ ...paidTransaction, ...change }, paymentSealing))
const damaged = JSON.stringify({ ...sealed(paidTransaction, { ...paymentSealing, apiV3Key: 'f'.repeat(32) }) })

const wechat: readonly Case[] = [
  ...['wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-serial', 'wechatpay-signature'].map((name) => ({
    what: `no ${name}`,
    ...signed(inside, { [name]: undefined }),
    counted: 'unsigned',
  })),
  { what: 'a serial that nobody knows', ...signed(inside, { 'wechatpay-serial': '7777' }), counted: 'unknown_key' },
  { what: 'a serial of the prototype', ...signed(inside, { 'wechatpay-serial': '__proto__' }), counted: 'unknown_key' },
  { what: 'signed five minutes ago', ...signed(inside, {}, platform.privateKey, nowSeconds - 301), counted: 'stale' },
  { what: 'signed in five minutes', ...signed(inside, {}, platform.privateKey, nowSeconds + 301), counted: 'stale' },
  { what: 'a signature probe', ...signed(inside, { 'wechatpay-signature': `WECHATPAY/SIGNTEST/${'A'.repeat(300)}` }), counted: 'bad_signature' },
  { what: "a stranger's signature", ...signed(inside, {}, stranger.privateKey), counted: 'bad_signature' },
  { what: 'a body that was changed', ...signed(inside), body: inside.replace('支付成功', '支付失败'), counted: 'bad_signature' },
  { what: 'a time that was changed', ...signed(inside, { 'wechatpay-timestamp': String(nowSeconds + 1) }), counted: 'bad_signature' },
  { what: 'encrypted under another key', ...signed(damaged), counted: 'bad_signature' },
  { what: 'another merchant', ...signed(other({ mchid: '1900000002' })), counted: 'not_ours' },
  { what: 'another app', ...signed(other({ appid: 'wx0000000000000002' })), counted: 'not_ours' },
  { what: 'JSON nested deep, signed', ...signed(deep), counted: 'malformed' },
  { what: 'bytes that are no UTF-8, signed', ...signed(Buffer.from([0x7b, 0xff, 0x7d])), counted: 'malformed' },
]

const statusOf = (counted: string) => (counted === 'malformed' || counted === 'unsupported' ? 400 : 401)

for (const { channel, cases, genuine, acknowledged } of [
  { channel: 'alipay', cases: alipay, genuine: sent(good), acknowledged: [200, 'success'] },
  { channel: 'wechat', cases: wechat, genuine: signed(inside), acknowledged: [204, ''] },
] as const) {
  describe(`${channel}, really signed`, () => {
    test('what is genuine is kept', async () => {
      const { status, text, counted, kept } = await told(channel, genuine)
      assert.deepEqual([status, text, counted], [...acknowledged, 'kept'])
      const [notification] = kept
      assert.deepEqual(
        [notification?.paymentId, notification?.trade?.amountFen, notification?.trade?.state],
        [paidTransaction.out_trade_no, 8_888, 'TRADE_STATE_PAID'],
      )
    })

    for (const { what, counted, ...arriving } of cases) {
      test(`${what} is refused as ${counted}`, async () => {
        const answer = await told(channel, arriving)
        assert.deepEqual([answer.counted, answer.status, answer.kept], [counted, statusOf(counted), []], answer.text)
        assert.doesNotMatch(answer.text, /success/i)
      })
    }
  })
}
