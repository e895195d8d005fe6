import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { products, type Channel, type ChannelName } from '@suanpan/channels'
import { createAlipayChannel, selfTestAlipay } from '@suanpan/channels/alipay'
import { createAlipayNotificationReader } from '@suanpan/channels/alipay/notification'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { createWechatChannel, selfTestWechat } from '@suanpan/channels/wechat'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { brokenCallConformance, refundConformance, tradeConformance } from './testing/conformance.ts'
import { billConformance, notificationConformance } from './testing/message-conformance.ts'
import { newKeyPair } from './testing/keys.ts'
import { notifiedShop, sandboxPlatform } from './testing/sandbox-platform.ts'
import type { Subject } from './testing/subject.ts'

const platform = await sandboxPlatform()
const clock = systemClock()

async function subjectOf(channel: ChannelName, certificates: boolean): Promise<Subject> {
  const shop = await notifiedShop()
  const { alipay, wechat } = readSandboxCredentials(join(platform.folder, 'credentials.json'), {
    publicUrl: shop.publicUrl,
    timeoutMs: 10_000,
    certificates,
    now: clock.now(),
  })
  if (channel === 'alipay') selfTestAlipay(alipay)
  else selfTestWechat(wechat)
  const made = (change: { readonly timeoutMs?: number }) =>
    channel === 'alipay'
      ? createAlipayChannel({ configuration: { ...alipay, ...change }, clock })
      : createWechatChannel({ configuration: { ...wechat, ...change }, clock, random: systemRandom })
  return {
    name: `${channel}, ${certificates ? 'certificates' : 'public key'}`,
    channel: made({}),
    impatient: made({ timeoutMs: 700 }),
    reader: channel === 'alipay' ? createAlipayNotificationReader(alipay) : createWechatNotificationReader(wechat),
    platform,
    shop,
    products: products[channel],
    opensLate: channel === 'alipay',
    refundsLater: channel === 'wechat',
    holdsPublicKey: !certificates,
  }
}

test('a platform that does not know us says so, and that is in what is logged: nothing follows from it', async () => {
  const { alipay, wechat } = readSandboxCredentials(join(platform.folder, 'credentials.json'), {
    publicUrl: 'http://127.0.0.1:3000',
    timeoutMs: 10_000,
    certificates: false,
    now: clock.now(),
  })
  const { privatePem: privateKey } = newKeyPair()
  const cases: readonly (readonly [channel: Channel, because: RegExp])[] = [
    [createAlipayChannel({ configuration: { ...alipay, privateKey }, clock }), /answered isv\.invalid-signature/],
    [createAlipayChannel({ configuration: { ...alipay, appId: '9021000000000000' }, clock }), /unverified, isv\.invalid-app-id/],
    [createWechatChannel({ configuration: { ...wechat, privateKey }, clock, random: systemRandom }), /answered SIGN_ERROR/],
    [createWechatChannel({ configuration: { ...wechat, mchid: '1900000000' }, clock, random: systemRandom }), /answered SIGN_ERROR/],
  ]
  for (const [channel, because] of cases) {
    const answer = await channel.query('pay_nobody_knows_it')
    assert.match(answer.kind === 'unknown' ? answer.because : answer.kind, because)
  }
})

for (const channel of ['alipay', 'wechat'] as const) {
  for (const certificates of [false, true]) {
    const subject = await subjectOf(channel, certificates)
    test(`${subject.name}: the platform is told which keys to expect, and to notify with`, async () => {
      await platform.signWithPublicKey(certificates ? 0 : 0.5)
      await platform.wantAlipayCertificates(certificates)
      const other = await subjectOf(channel, !certificates)
      const answer = await other.channel.query('pay_nobody_knows_it')
      const isRefused = channel === 'alipay' && certificates
      assert.match(answer.kind === 'unknown' ? answer.because : answer.kind, isRefused ? /isv\.missing-app-cert-sn/ : /^ok$/)
    })
    tradeConformance(subject)
    refundConformance(subject)
    brokenCallConformance(subject)
    notificationConformance(subject)
    billConformance(subject)
  }
}
