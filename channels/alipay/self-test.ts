import { createPublicKey, verify } from 'node:crypto'
import { AlipaySdk } from 'alipay-sdk'
import { ConfigurationRefused } from '../configuration/settings.ts'
import type { AlipayConfiguration } from './configuration.ts'
import { sdkKeys } from './sdk-keys.ts'

/**
 * Signs something through the SDK and verifies it with the other half of our key: what would otherwise fail with the
 * first customer fails at the start. Throws `ConfigurationRefused`. Calls nobody.
 */
export function selfTestAlipay(configuration: AlipayConfiguration): void {
  const { appId, gateway, privateKey } = configuration
  const sdk = new AlipaySdk({ appId, gateway, ...sdkKeys(configuration) })
  const { searchParams } = new URL(sdk.pageExecute('alipay.trade.page.pay', 'GET', { timestamp: '2026-01-01 00:00:00', bizContent: { subject: '算盘' } }))
  const signed = [...searchParams.keys()].filter((name) => name !== 'sign').sort()
  const text = signed.map((name) => `${name}=${searchParams.get(name)}`).join('&')
  const isRight = verify('sha256', Buffer.from(text), createPublicKey(privateKey), Buffer.from(searchParams.get('sign') ?? '', 'base64'))
  if (!isRight) throw new ConfigurationRefused('ALIPAY_PRIVATE_KEY_FILE: what is signed with the key cannot be verified with its public half.')
}
