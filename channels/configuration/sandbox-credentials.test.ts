import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channelNames } from '@suanpan/channels'
import { createAlipayChannel, selfTestAlipay } from '@suanpan/channels/alipay'
import { createAlipayNotificationReader } from '@suanpan/channels/alipay/notification'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { StartRefused } from '@suanpan/runtime/settings'
import { createWechatChannel } from '@suanpan/channels/wechat'
import { createWechatNotificationReader } from '@suanpan/channels/wechat/notification'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { ours } from '../testing/alipay-notifications.ts'
import { testFolder } from '../testing/folder.ts'
import { newKeyPair } from '../testing/keys.ts'
import { merchant } from '../testing/wechat-notifications.ts'

const file = testFolder()
const [app, alipay, own, platform] = [newKeyPair(), newKeyPair(), newKeyPair(), newKeyPair()]
const written = {
  environment: 'sandbox',
  alipay: { ...ours, keyType: 'PKCS1', appPrivateKey: app.privatePem, alipayPublicKey: alipay.publicPem, gateway: 'http://127.0.0.1:3001/gateway.do' },
  wechat: {
    mchid: merchant.mchid,
    appId: merchant.appid,
    apiV3Key: merchant.apiV3Key,
    merchantPrivateKey: own.privatePem,
    merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    publicKeyId: 'PUB_KEY_ID_0119000000012026112600000000000001',
    publicKey: platform.publicPem,
    platformCertificates: [],
    baseUrl: 'http://127.0.0.1:3001/',
  },
}
const options = { publicUrl: 'http://127.0.0.1:3000', timeoutMs: 5_000, certificates: false, now: 0 }

function credentials(content: unknown, mode?: number): string {
  return file('credentials.json', typeof content === 'string' ? content : JSON.stringify(content), mode)
}

test('both channels come out of what a sandbox writes', () => {
  const { alipay: forAlipay, wechat: forWechat } = readSandboxCredentials(credentials(written), options)
  assert.deepEqual([forAlipay.profile, forWechat.profile, forAlipay.notifyUrl], ['sandbox', 'sandbox', 'http://127.0.0.1:3000/notify/alipay'])
  selfTestAlipay(forAlipay)
  const clock = systemClock()
  const made = [createAlipayChannel({ configuration: forAlipay, clock }), createWechatChannel({ configuration: forWechat, clock, random: systemRandom })]
  assert.deepEqual(
    made.map(({ name }) => name),
    channelNames,
  )
  const readers = [createAlipayNotificationReader(forAlipay), createWechatNotificationReader(forWechat)]
  assert.deepEqual(
    readers.map(({ channel }) => channel),
    channelNames,
  )
})

test('what is not a sandbox’s, or would reach a real platform, is refused', () => {
  const cases: [content: unknown, message: RegExp][] = [
    ['{', /is not what a sandbox writes/],
    [{ ...written, environment: 'live' }, /is not what a sandbox writes/],
    [{ ...written, alipay: { ...written.alipay, gateway: 'https://openapi.alipay.com/gateway.do' } }, /must not call the real platform/],
    [{ ...written, wechat: { ...written.wechat, baseUrl: 'https://api.mch.weixin.qq.com' } }, /must not call the real platform/],
    [{ ...written, alipay: {} }, /ALIPAY_PRIVATE_KEY_FILE/],
  ]
  for (const [content, message] of cases) assert.throws(() => readSandboxCredentials(credentials(content), options), message)
  assert.throws(() => readSandboxCredentials(credentials(written, 0o644), options), /chmod 600/)
  assert.throws(() => readSandboxCredentials('/nowhere/credentials.json', options), StartRefused)
})
