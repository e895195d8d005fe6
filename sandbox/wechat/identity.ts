import { platformCertificatesOf, type KeyFile, type Keys, type PlatformCertificate } from '../keys/keys.ts'
import type { Ledger } from '../ledger.ts'
import type { Signer } from '../signing.ts'

/** In whose name something is signed: a platform certificate's serial number, or the id of the public key. */
export interface SigningIdentity {
  readonly serial: string
  readonly signer: Signer
}

export interface Identity {
  /** The one that a request asks for with its `Wechatpay-Serial`; undefined: there is none of that name. */
  named(serial: string): SigningIdentity | undefined
  /** Certificate or public key, in the proportion that is set: while a merchant is moved over, both occur. */
  next(): SigningIdentity
  /** The newest first. */
  certificates(): readonly PlatformCertificate[]
  /** From now on it signs with the certificates of this file. */
  change(file: KeyFile): void
}

/** Its multiples spread evenly between 0 and 1: so any share is kept exactly enough, without chance. */
const goldenRatio = 0.618_033_988_749_895

export function createIdentity(keys: Keys, { platform }: Pick<Ledger, 'platform'>): Identity {
  const { wechat, foreignKey } = keys
  let certificates = platformCertificatesOf(keys.file)
  const publicKey: SigningIdentity = { serial: keys.file.wechat.publicKeyId, signer: { key: wechat.publicKeyPrivateHalf, foreignKey } }
  const byCertificate = (held: PlatformCertificate | undefined) => held && { serial: held.serial, signer: { key: held.key, foreignKey } }
  let count = 0
  return {
    named: (serial) => (serial === publicKey.serial ? publicKey : byCertificate(certificates.find((each) => each.serial === serial))),
    next: () => {
      count += 1
      return (count * goldenRatio) % 1 < platform.desk.publicKeyShare ? publicKey : (byCertificate(certificates[0]) ?? publicKey)
    },
    certificates: () => certificates,
    change: (file) => {
      certificates = platformCertificatesOf(file)
    },
  }
}
