import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefused, type Environment } from '@suanpan/runtime/settings'
import { ours } from '../testing/alipay-notifications.ts'
import { testFolder } from '../testing/folder.ts'
import { newKeyPair } from '../testing/keys.ts'
import { readAlipayConfiguration } from './configuration.ts'
import { selfTestAlipay } from './self-test.ts'

const file = testFolder()
const app = newKeyPair()
const alipay = newKeyPair()
const now = Date.UTC(2026, 10, 26)

const live: Environment = {
  ALIPAY_APP_ID: ours.appId,
  ALIPAY_SELLER_ID: ours.sellerId,
  ALIPAY_PRIVATE_KEY_FILE: file('app.pem', app.privatePem),
  ALIPAY_PUBLIC_KEY_FILE: file('alipay.pem', alipay.publicPem, 0o644),
  PUBLIC_URL: 'https://shop.example/pay/',
}
const sandbox: Environment = { ...live, ALIPAY_GATEWAY: 'http://127.0.0.1:3001/gateway.do', PUBLIC_URL: 'http://127.0.0.1:3000' }

test('an environment that says nothing of Alipay means that there is none', () => {
  assert.equal(readAlipayConfiguration({ PUBLIC_URL: 'https://shop.example' }, 'live', now), undefined)
  assert.equal(readAlipayConfiguration({ ALIPAY_APP_ID: '' }, 'live', now), undefined)
  // Half a configuration is not none.
  assert.throws(() => readAlipayConfiguration({ ALIPAY_SELLER_ID: ours.sellerId }, 'live', now), /^StartRefused: ALIPAY_APP_ID /)
})

test('a live configuration is read, with what was not set', () => {
  assert.deepEqual(readAlipayConfiguration(live, 'live', now), {
    profile: 'live',
    gateway: 'https://openapi.alipay.com/gateway.do',
    ...ours,
    notifyUrl: 'https://shop.example/pay/notify/alipay',
    timeoutMs: 5_000,
    privateKey: app.privatePem,
    alipayPublicKey: alipay.publicPem,
    certificates: undefined,
  })
})

test('keys may be PKCS #1 or PKCS #8, PEM or bare base64: the SDK signs with each', () => {
  const bare = (pem: string) => pem.replace(/-----[^-]+-----/g, '')
  const pkcs1 = app.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const texts = [app.privatePem, pkcs1, bare(app.privatePem), bare(pkcs1), bare(pkcs1).replaceAll('\n', ''), app.privatePem.replaceAll('\n', '\r\n')]
  for (const [index, text] of texts.entries()) {
    const environment = {
      ...live,
      ALIPAY_PRIVATE_KEY_FILE: file(`app-${index}.pem`, text),
      ALIPAY_PUBLIC_KEY_FILE: file(`alipay-${index}.pem`, bare(alipay.publicPem)),
    }
    const configuration = readAlipayConfiguration(environment, 'live', now)
    assert.ok(configuration)
    assert.deepEqual([configuration.privateKey, configuration.alipayPublicKey], [app.privatePem, alipay.publicPem])
    selfTestAlipay(configuration)
  }
})

test('a configuration that cannot be right is refused by the name of its setting', () => {
  const cases: [profile: 'live' | 'sandbox', change: Environment, message: RegExp][] = [
    ['live', { ALIPAY_APP_ID: undefined }, /^ALIPAY_APP_ID .* is not set/],
    ['live', { ALIPAY_SELLER_ID: undefined }, /^ALIPAY_SELLER_ID .* is not set/],
    ['live', { ALIPAY_PRIVATE_KEY_FILE: undefined }, /^ALIPAY_PRIVATE_KEY_FILE .* is not set/],
    ['live', { ALIPAY_PUBLIC_KEY_FILE: undefined }, /^ALIPAY_PUBLIC_KEY_FILE .* is not set/],
    ['live', { PUBLIC_URL: undefined }, /^PUBLIC_URL .* is not set/],
    ['live', { ALIPAY_APP_ID: 'a b' }, /^ALIPAY_APP_ID .* 8 to 32/],
    ['live', { PLATFORM_TIMEOUT_MS: '10' }, /^PLATFORM_TIMEOUT_MS .* from 500/],
    ['live', { ALIPAY_GATEWAY: 'https://openapi.alipay.com/gateway.do?x=1' }, /^ALIPAY_GATEWAY .* without a user, a query/],
    ['live', { ALIPAY_GATEWAY: 'ftp://openapi.alipay.com/' }, /^ALIPAY_GATEWAY /],
    ['live', { ALIPAY_PRIVATE_KEY_FILE: '/nowhere/none.pem' }, /^ALIPAY_PRIVATE_KEY_FILE: .* \(ENOENT\)/],
    ['live', { ALIPAY_PRIVATE_KEY_FILE: file('open.pem', app.privatePem, 0o640) }, /^ALIPAY_PRIVATE_KEY_FILE: .* chmod 600/],
    ['live', { ALIPAY_PRIVATE_KEY_FILE: file('public.pem', app.publicPem) }, /^ALIPAY_PRIVATE_KEY_FILE: the file is no private key/],
    ['live', { ALIPAY_PRIVATE_KEY_FILE: file('short.pem', newKeyPair(1024).privatePem) }, /^ALIPAY_PRIVATE_KEY_FILE: .* at least 2048/],
    ['live', { ALIPAY_PUBLIC_KEY_FILE: file('text.pem', 'not a key') }, /^ALIPAY_PUBLIC_KEY_FILE: the file is no public key/],
    ['live', { ALIPAY_PUBLIC_KEY_FILE: file('private.pem', alipay.privatePem) }, /^ALIPAY_PUBLIC_KEY_FILE: the file is a private key/],
    ['live', { ALIPAY_PUBLIC_KEY_FILE: file('own.pem', app.publicPem) }, /^ALIPAY_PUBLIC_KEY_FILE: this is the app's own key/],
    ['live', { ALIPAY_APP_CERT_FILE: file('app.crt', 'x') }, /both set/],
    ['live', { ALIPAY_PUBLIC_KEY_FILE: undefined, ALIPAY_APP_CERT_FILE: file('app.crt', 'x') }, /^ALIPAY_PUBLIC_CERT_FILE .* is not set/],
    ['live', { ALIPAY_GATEWAY: 'http://openapi.alipay.com/gateway.do' }, /^ALIPAY_GATEWAY: .* over https/],
    ['live', { ALIPAY_GATEWAY: 'https://127.0.0.1:3001/gateway.do' }, /^ALIPAY_GATEWAY: .* real platform/],
    ['live', { ALIPAY_GATEWAY: 'https://localhost/gateway.do' }, /^ALIPAY_GATEWAY: .* real platform/],
    ['live', { ALIPAY_GATEWAY: 'https://openapi-sandbox.dl.alipaydev.com/gateway.do' }, /^ALIPAY_GATEWAY: .* real platform/],
    ['live', { ALIPAY_APP_ID: '9021000000000001' }, /^ALIPAY_APP_ID: .* marked as a sandbox's/],
    ['live', { PUBLIC_URL: 'http://shop.example' }, /^PUBLIC_URL: .* over https/],
    ['live', { PUBLIC_URL: 'https://127.0.0.1' }, /^PUBLIC_URL: .* public name/],
    ['sandbox', { ALIPAY_GATEWAY: undefined }, /^ALIPAY_GATEWAY: a sandbox profile must not call the real platform/],
    ['sandbox', { ALIPAY_GATEWAY: 'https://openapi.alipay.com/gateway.do' }, /^ALIPAY_GATEWAY: a sandbox profile must not call the real platform/],
  ]
  for (const [profile, change, message] of cases) {
    const environment = { ...(profile === 'live' ? live : sandbox), ...change }
    assert.throws(
      () => readAlipayConfiguration(environment, profile, now),
      (error) => error instanceof StartRefused && message.test(error.message) && !/MII|BEGIN/.test(error.message),
      String(message),
    )
  }
  assert.ok(readAlipayConfiguration(sandbox, 'sandbox', now))
})
