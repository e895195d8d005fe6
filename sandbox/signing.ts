import { sign, type KeyObject } from 'node:crypto'
import type { SignatureFault } from './machine/index.ts'

/** What WeChat Pay's deliberate bad signatures begin with. */
const probePrefix = 'WECHATPAY/SIGNTEST/'

export interface Signer {
  readonly key: KeyObject
  /** Somebody else's. */
  readonly foreignKey: KeyObject
}

/** SHA-256 with RSA, in base64; or what a fault makes of it. Undefined: no signature at all. */
export function signContent(content: string | Uint8Array, { key, foreignKey }: Signer, fault?: SignatureFault): string | undefined {
  const signedWith = (by: KeyObject) => sign('sha256', typeof content === 'string' ? Buffer.from(content) : content, by).toString('base64')
  switch (fault) {
    case undefined:
    // Genuine, but of long ago: whoever asks for it says the old time in the content.
    case 'stale':
      return signedWith(key)
    case 'bad':
      return signedWith(key).split('').toReversed().join('').replace(/^=+/, 'AA')
    case 'probe':
      return `${probePrefix}${signedWith(key).slice(probePrefix.length)}`
    case 'other-key':
      return signedWith(foreignKey)
    case 'missing':
      return undefined
  }
}

/** How old a stale signature pretends to be. */
export const staleMs = 60 * 60 * 1000
