import { AlipaySdk } from 'alipay-sdk'
import { requireSignatures } from '../configuration/keys.ts'
import type { AlipayConfiguration } from './configuration.ts'
import { sdkKeys } from './sdk-keys.ts'

/**
 * Signs something through the SDK and verifies it with the other half of our key: what would otherwise fail with the
 * first customer fails at the start. Throws `StartRefused`. Calls nobody.
 */
export function selfTestAlipay(configuration: AlipayConfiguration): void {
  const { appId, gateway, privateKey } = configuration
  const sdk = new AlipaySdk({ appId, gateway, ...sdkKeys(configuration) })
  requireSignatures('ALIPAY_PRIVATE_KEY_FILE', privateKey, () => {
    const { searchParams } = new URL(sdk.pageExecute('alipay.trade.page.pay', 'GET', { timestamp: '2026-01-01 00:00:00', bizContent: { subject: '算盘' } }))
    const signed = [...searchParams.keys()].filter((name) => name !== 'sign').sort()
    return { text: signed.map((name) => `${name}=${searchParams.get(name)}`).join('&'), signature: searchParams.get('sign') ?? '' }
  })
}
