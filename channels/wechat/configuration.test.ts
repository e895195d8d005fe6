import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefused, type Environment } from '@suanpan/runtime/settings'
import { testFolder } from '../testing/folder.ts'
import { newKeyPair } from '../testing/keys.ts'
import { merchant } from '../testing/wechat-notifications.ts'
import { readWechatConfiguration } from './configuration.ts'

const file = testFolder()
const own = newKeyPair()
const platform = newKeyPair()
const now = Date.UTC(2026, 10, 26)
const publicKeyId = 'PUB_KEY_ID_0119000000012026112600000000000001'

const live: Environment = {
  WECHAT_MCHID: merchant.mchid,
  WECHAT_APPID: merchant.appid,
  WECHAT_PRIVATE_KEY_FILE: file('apiclient_key.pem', own.privatePem),
  WECHAT_CERT_SERIAL: '5157f09efdc096de15ebe81a47057a7232f1b8e1',
  WECHAT_API_V3_KEY_FILE: file('apiv3.key', `${merchant.apiV3Key}\n`),
  WECHAT_PUBLIC_KEY_ID: publicKeyId,
  WECHAT_PUBLIC_KEY_FILE: file('pub_key.pem', platform.publicPem, 0o644),
  PUBLIC_URL: 'https://shop.example',
}
const sandbox: Environment = { ...live, WECHAT_BASE_URL: 'http://127.0.0.1:3001/', PUBLIC_URL: 'http://127.0.0.1:3000' }

test('an environment that says nothing of WeChat Pay means that there is none', () => {
  assert.equal(readWechatConfiguration({ PUBLIC_URL: 'https://shop.example' }, 'live', now), undefined)
  // Half a configuration is not none.
  assert.throws(() => readWechatConfiguration({ WECHAT_APPID: merchant.appid }, 'live', now), /^StartRefused: WECHAT_MCHID /)
})

test('a live configuration is read, with what was not set', () => {
  assert.deepEqual(readWechatConfiguration(live, 'live', now), {
    profile: 'live',
    baseUrl: 'https://api.mch.weixin.qq.com/',
    ...merchant,
    notifyUrl: 'https://shop.example/notify/wechat',
    timeoutMs: 5_000,
    merchantSerial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    privateKey: own.privatePem,
    platformKeys: { [publicKeyId]: platform.publicPem },
    answerSerial: publicKeyId,
  })
})

test('a configuration that cannot be right is refused by the name of its setting', () => {
  const cases: [profile: 'live' | 'sandbox', change: Environment, message: RegExp][] = [
    ['live', { WECHAT_MCHID: undefined }, /^WECHAT_MCHID .* is not set/],
    ['live', { WECHAT_APPID: undefined }, /^WECHAT_APPID .* is not set/],
    ['live', { WECHAT_CERT_SERIAL: 'zz' }, /^WECHAT_CERT_SERIAL .* hexadecimal/],
    ['live', { WECHAT_PUBLIC_KEY_ID: undefined }, /^WECHAT_PUBLIC_KEY_ID .* is not set/],
    ['live', { WECHAT_PUBLIC_KEY_FILE: undefined }, /^WECHAT_PUBLIC_KEY_FILE .* is not set/],
    ['live', { WECHAT_PUBLIC_KEY_ID: undefined, WECHAT_PUBLIC_KEY_FILE: undefined }, /one has to be set/],
    ['live', { WECHAT_PLATFORM_CERT_FILES: file('none.crt', 'x') }, /^WECHAT_PLATFORM_CERT_FILES: the file has no certificate/],
    ['live', { WECHAT_PLATFORM_CERT_FILES: '/nowhere/missing.crt' }, /^WECHAT_PLATFORM_CERT_FILES: .*ENOENT/],
    ['live', { WECHAT_API_V3_KEY_FILE: file('short.key', 'short') }, /^WECHAT_API_V3_KEY_FILE: .* 32 characters/],
    ['live', { WECHAT_API_V3_KEY_FILE: file('open.key', merchant.apiV3Key, 0o644) }, /^WECHAT_API_V3_KEY_FILE: .* chmod 600/],
    ['live', { WECHAT_PRIVATE_KEY_FILE: file('open.pem', own.privatePem, 0o604) }, /^WECHAT_PRIVATE_KEY_FILE: .* chmod 600/],
    ['live', { WECHAT_PUBLIC_KEY_FILE: file('own.pem', own.publicPem) }, /^WECHAT_PUBLIC_KEY_FILE: this is the merchant's own key/],
    ['live', { WECHAT_PUBLIC_KEY_FILE: file('marked.pem', `A sandbox's key\n${platform.publicPem}`) }, /^WECHAT_PUBLIC_KEY_FILE: .* marked as a sandbox's/],
    ['live', { WECHAT_BASE_URL: 'http://127.0.0.1:3001' }, /^WECHAT_BASE_URL: .* over https/],
    ['live', { PUBLIC_URL: 'https://localhost' }, /^PUBLIC_URL: .* public name/],
    ['sandbox', { WECHAT_BASE_URL: undefined }, /^WECHAT_BASE_URL: a sandbox profile must not call the real platform/],
    ['sandbox', { WECHAT_BASE_URL: 'https://api2.mch.weixin.qq.com' }, /^WECHAT_BASE_URL: a sandbox profile must not call the real platform/],
  ]
  for (const [profile, change, message] of cases) {
    const environment = { ...(profile === 'live' ? live : sandbox), ...change }
    assert.throws(
      () => readWechatConfiguration(environment, profile, now),
      (error) => error instanceof StartRefused && message.test(error.message) && !/MII|BEGIN|0123456789abcdef/.test(error.message),
      String(message),
    )
  }
  assert.ok(readWechatConfiguration(sandbox, 'sandbox', now))
})
