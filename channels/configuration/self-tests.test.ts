import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { selfTestAlipay } from '../alipay/self-test.ts'
import { newKeyPair } from '../testing/keys.ts'
import { selfTestWechat } from '../wechat/self-test.ts'
import { privateKeyIn, privatePem } from './keys.ts'

const whole = newKeyPair()
const other = newKeyPair()

/** Read without a complaint, as its parts are not compared with each other. */
const damaged = privatePem(
  privateKeyIn(
    'A_KEY_FILE',
    privatePem(
      createPrivateKey({ key: { ...whole.privateKey.export({ format: 'jwk' }), n: other.privateKey.export({ format: 'jwk' }).n ?? '' }, format: 'jwk' }),
    ),
  ),
)

test('a private key that cannot sign is refused before anybody pays, at either platform', () => {
  const alipay = {
    appId: '2021000000000001',
    gateway: 'https://openapi.alipay.com/gateway.do',
    notifyUrl: 'https://shop.example/notify/alipay',
    timeoutMs: 5_000,
    profile: 'live' as const,
    sellerId: '2088000000000001',
    alipayPublicKey: other.publicPem,
    certificates: undefined,
  }
  selfTestWechat({ privateKey: whole.privatePem })
  assert.throws(() => selfTestWechat({ privateKey: damaged }), /^StartRefused: WECHAT_PRIVATE_KEY_FILE: what is signed .* cannot be verified/)
  selfTestAlipay({ ...alipay, privateKey: whole.privatePem })
  assert.throws(() => selfTestAlipay({ ...alipay, privateKey: damaged }), /^StartRefused: ALIPAY_PRIVATE_KEY_FILE: what is signed .* cannot be verified/)
})
