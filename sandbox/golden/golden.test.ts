import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { AlipaySdk } from 'alipay-sdk'
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin'
import { publicPem } from '../keys/keys.ts'
import { goldenKeys, vectors } from './testing/vectors.ts'

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const golden = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as Record<string, unknown> & {
  readonly alipayResponses: Readonly<Record<string, Sent>>
  readonly wechatResponses: Readonly<Record<string, Sent>>
  readonly certificates: { readonly certificate: string; readonly alipaySerial: string }
}
const sent = (name: string) => golden[name] as readonly Sent[]

test('signatures and encrypted notifications are what they always were (npm run golden -w @suanpan/sandbox writes them)', () => {
  const made = vectors()
  assert.deepEqual(Object.keys(made), Object.keys(golden))
  for (const [name, value] of Object.entries(made)) assert.deepEqual(JSON.parse(JSON.stringify(value)), golden[name], name)
})

const { alipay, wechat } = goldenKeys
const sdk = new AlipaySdk({ appId: alipay.appId, privateKey: alipay.appKey, keyType: 'PKCS8', alipayPublicKey: publicPem(alipay.platformKey) })

test('Alipay’s SDK takes its golden notifications and replies, and takes them no longer once a byte is another', () => {
  for (const { body } of [...sent('alipayPaid'), ...sent('alipayPartlyRefunded')]) {
    const notified = Object.fromEntries(new URLSearchParams(body))
    assert.equal(sdk.checkNotifySignV2(notified), true)
    assert.equal(sdk.checkNotifySignV2({ ...notified, total_amount: '12.31' }), false)
  }
  for (const name of ['query', 'queryWithCertificate', 'notFound']) {
    const text = Buffer.from(golden.alipayResponses[name]?.body ?? '', 'base64').toString()
    const { sign } = JSON.parse(text) as { sign: string }
    const check = (reply: string) => sdk.checkResponseSign(reply, 'alipay_trade_query_response', sign, '')
    assert.doesNotThrow(() => check(text), name)
    assert.throws(() => check(text.replace('"code"', '"c0de"')), name)
  }
})

const publicKeyOf: { readonly [serial: string]: string } = {
  [wechat.publicKeyId]: publicPem(wechat.publicKeyPrivateHalf),
  [wechat.platformSerial]: wechat.platformCertificate,
}

function isGenuine({ headers, body }: Sent): boolean {
  const header = (name: string) => headers[`wechatpay-${name}`] ?? ''
  const key = Rsa.from(publicKeyOf[header('serial')] ?? '', Rsa.KEY_TYPE_PUBLIC)
  return Rsa.verify(Formatter.response(header('timestamp'), header('nonce'), body), header('signature'), key)
}

function decrypt({ body }: Sent): Record<string, unknown> {
  const { resource } = JSON.parse(body) as { resource: { ciphertext: string; nonce: string; associated_data: string } }
  return JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, wechat.apiV3Key, resource.nonce, resource.associated_data)) as Record<string, unknown>
}

test('WeChat Pay’s golden notifications and replies are genuine to the plugin’s primitives, as far as they should be', () => {
  const genuine = { okByPublicKey: true, okByCertificate: true, done: true, stale: true, probe: false, otherKey: false }
  for (const [name, expected] of Object.entries(genuine)) assert.equal(isGenuine(golden.wechatResponses[name] ?? { headers: {}, body: '' }), expected, name)
  for (const name of ['wechatPaid', 'wechatPaidWithoutAssociatedData', 'wechatPaidTampered', 'wechatRefunded']) {
    for (const notification of sent(name)) {
      assert.equal(isGenuine(notification), true, name)
      if (name === 'wechatPaidTampered') assert.throws(() => decrypt(notification))
      else assert.equal(decrypt(notification)['out_trade_no'], 'golden_1')
    }
  }
})

test('the golden certificate is one to Node, and its serial number is the SDK’s', () => {
  const certificate = new X509Certificate(golden.certificates.certificate)
  assert.equal(certificate.verify(createPublicKey(createPrivateKey(goldenKeys.foreignKey))), true)
  assert.deepEqual([certificate.subject, certificate.serialNumber], ['C=CN\nO=算盘\nOU=Sandbox\nCN=Golden', '5F0123456789ABCDEF0123456789ABCDEF012345'])
  const { certificate: content } = golden.certificates
  const { appCertSn } = new AlipaySdk({
    appId: alipay.appId,
    privateKey: alipay.appKey,
    keyType: 'PKCS8',
    appCertContent: content,
    alipayPublicCertContent: content,
    alipayRootCertContent: content,
  }).config
  assert.equal(appCertSn, golden.certificates.alipaySerial)
})
