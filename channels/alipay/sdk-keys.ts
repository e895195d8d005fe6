import { createPrivateKey } from 'node:crypto'
import type { AlipayConfiguration } from './configuration.ts'

/** Keys as the SDK wants them: PKCS #1, or it fails at the first signature; certificates instead of the public key, if there are any. */
export function sdkKeys({ privateKey, alipayPublicKey, certificates }: AlipayConfiguration) {
  const ours = createPrivateKey(privateKey).export({ type: 'pkcs1', format: 'pem' }).toString()
  if (certificates === undefined) return { privateKey: ours, alipayPublicKey }
  const { app, alipay, root } = certificates
  return { privateKey: ours, appCertContent: app, alipayPublicCertContent: alipay, alipayRootCertContent: root }
}
