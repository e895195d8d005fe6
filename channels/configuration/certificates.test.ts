import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readAlipayConfiguration, readWechatConfiguration } from '@suanpan/channels/configuration'
import { StartRefused, type Environment } from '@suanpan/runtime/settings'
import { startSandbox } from '@suanpan/sandbox'
import { testFolder } from '../testing/folder.ts'

const file = testFolder()

/** The credentials of a sandbox that is gone again: certificates of a root of its own. */
async function issued() {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-certificates-'))
  after(() => rmSync(folder, { recursive: true }))
  const sandbox = await startSandbox({ port: 0, folder, logLevel: 'error' })
  await sandbox.stop()
  return sandbox.credentials
}

const [{ alipay, wechat }, other] = await Promise.all([issued(), issued()])
const [platformCertificate] = wechat.platformCertificates
assert.ok(platformCertificate)

const alipayEnvironment: Environment = {
  ALIPAY_APP_ID: '2021000000000001',
  ALIPAY_SELLER_ID: alipay.sellerId,
  ALIPAY_PRIVATE_KEY_FILE: file('app.pem', alipay.appPrivateKey),
  ALIPAY_APP_CERT_FILE: alipay.appCertPath,
  ALIPAY_PUBLIC_CERT_FILE: alipay.alipayPublicCertPath,
  ALIPAY_ROOT_CERT_FILE: alipay.alipayRootCertPath,
  ALIPAY_GATEWAY: alipay.gateway,
  PUBLIC_URL: 'http://127.0.0.1:3000',
}
const wechatEnvironment: Environment = {
  WECHAT_MCHID: wechat.mchid,
  WECHAT_APPID: wechat.appId,
  WECHAT_PRIVATE_KEY_FILE: file('merchant.pem', wechat.merchantPrivateKey),
  WECHAT_CERT_SERIAL: wechat.merchantSerial,
  WECHAT_API_V3_KEY_FILE: file('apiv3.key', wechat.apiV3Key),
  WECHAT_PLATFORM_CERT_FILES: file('platform.crt', platformCertificate.certificate),
  WECHAT_BASE_URL: wechat.baseUrl,
  PUBLIC_URL: 'http://127.0.0.1:3000',
}
const publicKeyMode: Environment = {
  WECHAT_PLATFORM_CERT_FILES: undefined,
  WECHAT_PUBLIC_KEY_ID: wechat.publicKeyId,
  WECHAT_PUBLIC_KEY_FILE: file('pub_key.pem', wechat.publicKey),
}
const live: Environment = { ALIPAY_GATEWAY: undefined, WECHAT_BASE_URL: undefined, PUBLIC_URL: 'https://shop.example' }

const now = Date.now()
const yearMs = 365 * 24 * 60 * 60 * 1000

test('in certificate mode, Alipay’s key is the one in its certificate', () => {
  const configuration = readAlipayConfiguration(alipayEnvironment, 'sandbox', now)
  assert.ok(configuration?.certificates)
  assert.match(configuration.alipayPublicKey, /^-----BEGIN PUBLIC KEY-----/)
})

test('platform certificates are known by their serial numbers; beside a public key they are the second choice', () => {
  const configuration = readWechatConfiguration(wechatEnvironment, 'sandbox', now)
  assert.deepEqual([configuration?.answerSerial, Object.keys(configuration?.platformKeys ?? {})], [platformCertificate.serial, [platformCertificate.serial]])
  const both = { ...publicKeyMode, ...wechatEnvironment }
  const switching = readWechatConfiguration(both, 'sandbox', now)
  assert.deepEqual(
    [switching?.answerSerial, Object.keys(switching?.platformKeys ?? {})],
    [wechat.publicKeyId, [wechat.publicKeyId, platformCertificate.serial]],
  )
})

test('a certificate that cannot be right is refused by the name of its setting', () => {
  const files = { app: alipay.appCertPath, root: alipay.alipayRootCertPath, otherRoot: other.alipay.alipayRootCertPath }
  const cases: [profile: 'live' | 'sandbox', change: Environment, at: number, message: RegExp][] = [
    ['sandbox', { ALIPAY_APP_CERT_FILE: other.alipay.appCertPath }, now, /^ALIPAY_APP_CERT_FILE: .* not of the key in ALIPAY_PRIVATE_KEY_FILE/],
    ['sandbox', { ALIPAY_APP_CERT_FILE: files.root }, now, /^ALIPAY_APP_CERT_FILE: .* not of the key/],
    ['sandbox', { ALIPAY_ROOT_CERT_FILE: files.otherRoot }, now, /^ALIPAY_PUBLIC_CERT_FILE: no certificate of ALIPAY_ROOT_CERT_FILE has issued it/],
    ['sandbox', { ALIPAY_PUBLIC_CERT_FILE: other.alipay.alipayPublicCertPath }, now, /^ALIPAY_PUBLIC_CERT_FILE: no certificate of ALIPAY_ROOT_CERT_FILE/],
    ['sandbox', { ALIPAY_ROOT_CERT_FILE: file('no.crt', 'x') }, now, /^ALIPAY_ROOT_CERT_FILE: the file has no certificate/],
    // The app's own certificate in the place of the platform's: the classic mistake of this mode.
    ['sandbox', { ALIPAY_PUBLIC_CERT_FILE: files.app }, now, /^ALIPAY_PUBLIC_CERT_FILE: this is the app's own key/],
    ['sandbox', {}, now + 6 * yearMs, /^ALIPAY_APP_CERT_FILE: the certificate is valid from/],
    ['sandbox', {}, now - yearMs, /^ALIPAY_APP_CERT_FILE: the certificate is valid from/],
    ['live', live, now, /^ALIPAY_ROOT_CERT_FILE: .* marked as a sandbox's/],
    ['live', { ...live, ALIPAY_APP_ID: alipay.appId }, now, /^ALIPAY_APP_ID: .* marked as a sandbox's/],
  ]
  for (const [profile, change, at, message] of cases) {
    assert.throws(
      () => readAlipayConfiguration({ ...alipayEnvironment, ...change }, profile, at),
      (error) => error instanceof StartRefused && message.test(error.message),
      String(message),
    )
  }
  const ofWechat: [profile: 'live' | 'sandbox', change: Environment, at: number, message: RegExp][] = [
    ['sandbox', {}, now + 6 * yearMs, /^WECHAT_PLATFORM_CERT_FILES: the certificate is valid from/],
    ['sandbox', { WECHAT_CERT_SERIAL: platformCertificate.serial }, now, /^WECHAT_PLATFORM_CERT_FILES: this is the merchant's own key/],
    ['live', live, now, /^WECHAT_PLATFORM_CERT_FILES: .* marked as a sandbox's/],
    ['live', { ...live, ...publicKeyMode }, now, /^WECHAT_PUBLIC_KEY_ID: .* marked as a sandbox's/],
  ]
  for (const [profile, change, at, message] of ofWechat) {
    assert.throws(
      () => readWechatConfiguration({ ...wechatEnvironment, ...change }, profile, at),
      (error) => error instanceof StartRefused && message.test(error.message),
      String(message),
    )
  }
})
