import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { createAlipayNotificationReader, type AlipayRecipient } from './alipay/notification.ts'
import type { ChannelName, HeaderValues, ParsedNotification } from './port.ts'
import { createWechatNotificationReader, type WechatRecipient } from './wechat/notification.ts'

interface Golden {
  readonly recipients: { readonly alipay: AlipayRecipient; readonly wechat: WechatRecipient }
  readonly vectors: readonly {
    readonly what: string
    readonly channel: ChannelName
    readonly now: number
    readonly headers: HeaderValues
    readonly body: string
    readonly parsed: ParsedNotification
  }[]
}

const { recipients, vectors } = JSON.parse(readFileSync(new URL('golden/notifications.json', import.meta.url), 'utf8')) as Golden
const readers = { alipay: createAlipayNotificationReader(recipients.alipay), wechat: createWechatNotificationReader(recipients.wechat) }

for (const { what, channel, now, headers, body, parsed } of vectors) {
  test(`${channel}, ${what}: is read as it always was`, () => {
    assert.deepEqual(readers[channel].parse(Buffer.from(body), headers, now), parsed)
  })
}

test('a right notification is right in every byte: no single bit of it can be changed', () => {
  for (const channel of ['alipay', 'wechat'] as const) {
    const vector = vectors.find((each) => each.channel === channel && each.parsed.kind === 'verified')
    assert.ok(vector)
    const body = Buffer.from(vector.body)
    for (let at = 0; at < body.length; at += 7) {
      const changed = Buffer.from(body)
      changed.writeUInt8(body.readUInt8(at) ^ (1 << (at % 7)), at)
      const result = readers[channel].parse(changed, vector.headers, vector.now)
      // Another spelling of the same form is the same form: `%2f` and `%2F`.
      if (result.kind === 'verified') assert.deepEqual(result, vector.parsed, `${channel}, byte ${at}`)
    }
  }
})

test('whatever arrives is refused in words; nothing throws', () => {
  const names = ['content-type', 'wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-serial', 'wechatpay-signature', 'wechatpay-signature-type']
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('application/json', 'application/x-www-form-urlencoded', '__proto__', '1795707697', 'AAAA', ''),
  )
  const headers = fc.dictionary(fc.constantFrom(...names), fc.oneof(text, fc.array(text)))
  const piece = fc.constantFrom('sign=AAAA', 'sign_type=RSA2', '&', '=', '%', '{"a":', '[', '"', '\\', '\u0000', '%00', '算')
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''))),
  )
  fc.assert(
    fc.property(body, headers, fc.integer(), (bytes, given, now) =>
      Object.values(readers).every((reader) => reader.parse(bytes, given, now).kind === 'refused'),
    ),
    { numRuns: 500 },
  )
})
