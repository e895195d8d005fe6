import { createPrivateKey, createPublicKey, verify, X509Certificate, type KeyObject } from 'node:crypto'
import { StartRefused } from '@suanpan/runtime/settings'

const minModulusBits = 2048

/**
 * The RSA private key in a file: PEM, or the bare base64 that the platforms' own tools write; PKCS #8 or PKCS #1.
 * Throws `StartRefused` naming `setting`.
 */
export function privateKeyIn(setting: string, text: string): KeyObject {
  const key = firstReadable(
    text.includes('-----BEGIN')
      ? [() => createPrivateKey(text)]
      : [
          () => createPrivateKey({ key: derOf(text), format: 'der', type: 'pkcs8' }),
          () => createPrivateKey({ key: derOf(text), format: 'der', type: 'pkcs1' }),
        ],
  )
  if (key === undefined) throw new StartRefused(`${setting}: the file is no private key (PKCS #1 or PKCS #8, without a password).`)
  return requireRsa(setting, key)
}

/** Likewise a public key. A private key is refused, though a public one could be made of it: it has no business there. */
export function publicKeyIn(setting: string, text: string): KeyObject {
  if (text.includes('PRIVATE KEY')) throw new StartRefused(`${setting}: the file is a private key; it takes the platform's public key.`)
  const key = firstReadable(
    text.includes('-----BEGIN')
      ? [() => createPublicKey(text)]
      : [() => createPublicKey({ key: derOf(text), format: 'der', type: 'spki' }), () => createPublicKey({ key: derOf(text), format: 'der', type: 'pkcs1' })],
  )
  if (key === undefined) throw new StartRefused(`${setting}: the file is no public key.`)
  return requireRsa(setting, key)
}

/** The certificates in a PEM file; at least one. Those of algorithms that are not known here (SM2) are left out. */
export function certificatesIn(setting: string, text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const certificates = blocks.flatMap((block) => firstReadable([() => new X509Certificate(block)]) ?? [])
  if (certificates.length === 0) throw new StartRefused(`${setting}: the file has no certificate.`)
  return certificates
}

/** Throws `StartRefused` unless `now` is within a certificate's time. */
export function requireInForce(setting: string, certificate: X509Certificate, now: number): void {
  const { validFrom, validTo } = certificate
  if (now < Date.parse(validFrom) || now > Date.parse(validTo)) {
    throw new StartRefused(`${setting}: the certificate is valid from ${validFrom} to ${validTo}, not now.`)
  }
}

/**
 * Throws `StartRefused` unless what is signed with a private key (PEM) can be verified with its public half: a key that
 * was damaged on its way here can be read all the same.
 */
export function requireSignatures(setting: string, privateKey: string, sign: () => { readonly text: string; readonly signature: string }): void {
  const isRight = firstReadable([
    () => {
      const { text, signature } = sign()
      return verify('sha256', Buffer.from(text), createPublicKey(privateKey), Buffer.from(signature, 'base64'))
    },
  ])
  if (isRight !== true) throw new StartRefused(`${setting}: what is signed with the key cannot be verified with its public half.`)
}

export const publicPem = (key: KeyObject): string =>
  createPublicKey(key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'pem' })
    .toString()

export const privatePem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

function derOf(text: string): Buffer {
  return Buffer.from(text.replace(/\s+/g, ''), 'base64')
}

function firstReadable<Value>(readers: readonly (() => Value)[]): Value | undefined {
  for (const read of readers) {
    try {
      return read()
    } catch {
      // The next one may be able to.
    }
  }
  return undefined
}

function requireRsa(setting: string, key: KeyObject): KeyObject {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (key.asymmetricKeyType !== 'rsa' || bits < minModulusBits) throw new StartRefused(`${setting}: the key is not RSA of at least ${minModulusBits} bits.`)
  return key
}
