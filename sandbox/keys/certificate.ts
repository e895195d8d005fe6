import { createHash, sign, type KeyObject } from 'node:crypto'
import { bitString, boolean, explicit, integer, nothing, objectIdentifier, octetString, printableString, sequence, set, utcTime, utf8String } from './der.ts'

/** Whom a certificate is about, from the country down to the name. */
export interface DistinguishedName {
  readonly C: string
  readonly O: string
  readonly OU: string
  readonly CN: string
}

export interface CertificateRequest {
  readonly subject: DistinguishedName
  /** RSA. */
  readonly publicKey: KeyObject
  /** Positive, in hex. */
  readonly serial: string
  readonly notBefore: number
  readonly notAfter: number
  readonly issuer: DistinguishedName
  readonly issuerKey: KeyObject
  /** It may sign others. */
  readonly isAuthority: boolean
}

const identifierOf: { readonly [Attribute in keyof DistinguishedName]: string } = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' }
const attributes = ['C', 'O', 'OU', 'CN'] as const
const sha256WithRsa = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing)
const basicConstraints = '2.5.29.19'

function nameOf(name: DistinguishedName): Buffer {
  return sequence(
    ...attributes.map((attribute) => {
      const value = attribute === 'C' ? printableString(name[attribute]) : utf8String(name[attribute])
      return set(sequence(objectIdentifier(identifierOf[attribute]), value))
    }),
  )
}

/** A version 3 certificate in PEM, signed with SHA-256 and RSA (RFC 5280). */
export function makeCertificate(request: CertificateRequest): string {
  const { subject, publicKey, serial, notBefore, notAfter, issuer, issuerKey, isAuthority } = request
  const constraint = isAuthority ? sequence(boolean(true)) : sequence()
  const body = sequence(
    explicit(0, integer('02')),
    integer(serial),
    sha256WithRsa,
    nameOf(issuer),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(sequence(objectIdentifier(basicConstraints), boolean(true), octetString(constraint)))),
  )
  const certificate = sequence(body, sha256WithRsa, bitString(sign('sha256', body, issuerKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** How Alipay names a certificate: the MD5 of its issuer, written from the name up, and its serial number in decimal. */
export function alipaySerial(issuer: DistinguishedName, serial: string): string {
  const name = attributes
    .toReversed()
    .map((attribute) => `${attribute}=${issuer[attribute]}`)
    .join(',')
  return createHash('md5')
    .update(`${name}${BigInt(`0x${serial}`)}`)
    .digest('hex')
}
