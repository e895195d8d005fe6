import { Rsa } from 'wechatpay-axios-plugin'
import { requireSignatures } from '../configuration/keys.ts'
import type { WechatConfiguration } from './configuration.ts'

/**
 * Signs a request as the plugin does, and verifies it with the other half of our key: what would otherwise fail with the
 * first customer fails at the start. Throws `StartRefused`. Calls nobody; so it cannot tell whether the platform has
 * this key under our serial number.
 */
export function selfTestWechat({ privateKey }: Pick<WechatConfiguration, 'privateKey'>): void {
  const text = 'POST\n/v3/pay/transactions/native\n1767225600\n0123456789abcdef\n{"description":"算盘"}\n'
  requireSignatures('WECHAT_PRIVATE_KEY_FILE', privateKey, () => ({ text, signature: Rsa.sign(text, privateKey) }))
}
