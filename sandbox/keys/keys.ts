import type { Clock, Random } from '@suanpan/runtime/time'
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { Type, type Static } from 'typebox'
import { randomText } from '../random-text.ts'
import { alipaySerial, makeCertificate, type CertificateRequest, type DistinguishedName } from './certificate.ts'

const pem = Type.String({ pattern: '^-----BEGIN ' })

/** What is made at the first run and kept: numbers, private keys, certificates. */
export const keyFileSchema = Type.Object(
  {
    alipay: Type.Object({
      appId: Type.String(),
      sellerId: Type.String(),
      appKey: pem,
      appCertificate: pem,
      appCertificateSerial: Type.String(),
      platformKey: pem,
      platformCertificate: pem,
      platformCertificateSerial: Type.String(),
      rootCertificate: pem,
      rootCertificateSerial: Type.String(),
    }),
    wechat: Type.Object({
      appId: Type.String(),
      mchid: Type.String(),
      apiV3Key: Type.String({ minLength: 32, maxLength: 32 }),
      merchantKey: pem,
      merchantCertificate: pem,
      merchantSerial: Type.String(),
      platformKey: pem,
      platformCertificate: pem,
      platformSerial: Type.String(),
      /** The platform certificate of before, from the first change on. */
      formerPlatform: Type.Optional(Type.Object({ key: pem, certificate: pem, serial: Type.String() })),
      /** Of the key pair that WeChat Pay calls its public key. */
      publicKeyPrivateHalf: pem,
      publicKeyId: Type.String(),
    }),
    /** Signs what a fault wants to be signed by somebody else. */
    foreignKey: pem,
  },
  { additionalProperties: false },
)
export type KeyFile = Static<typeof keyFileSchema>

const yearMs = 365 * 24 * 60 * 60 * 1000
const generate = promisify(generateKeyPair)
const newKey = async () => (await generate('rsa', { modulusLength: 2048 })).privateKey
const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string

/** Everything new: takes a second or two. */
export async function makeKeys(clock: Clock, random: Random): Promise<KeyFile> {
  const digits = (length: number) => randomText(random, length, '0123456789')
  const hex = (length: number) => randomText(random, length, '0123456789ABCDEF')
  const [root, app, alipay, merchant, platform, publicKey, foreign] = await Promise.all([newKey(), newKey(), newKey(), newKey(), newKey(), newKey(), newKey()])

  const authority: DistinguishedName = { C: 'CN', O: 'Suanpan Sandbox', OU: 'Certification Authority', CN: 'Suanpan Sandbox Root' }
  const now = clock.now()
  const certify = (key: KeyObject, subject: DistinguishedName, more: Partial<CertificateRequest> = {}) => {
    // Positive, and never with a zero in front.
    const serial = `5${hex(39)}`
    const dates = { notBefore: now - yearMs / 365, notAfter: now + 5 * yearMs }
    const certificate = makeCertificate({
      subject,
      publicKey: createPublicKey(key),
      serial,
      ...dates,
      issuer: authority,
      issuerKey: root,
      isAuthority: false,
      ...more,
    })
    return { serial, certificate, alipay: alipaySerial(authority, serial) }
  }
  const party = (O: string, CN: string): DistinguishedName => ({ C: 'CN', O, OU: 'Sandbox', CN })
  const rootCertificate = certify(root, authority, { isAuthority: true, notAfter: now + 20 * yearMs })
  const appCertificate = certify(app, party('Demo Shop', 'Demo Shop'))
  const alipayCertificate = certify(alipay, party('Sandbox Alipay', 'Sandbox Alipay'))
  const merchantCertificate = certify(merchant, party('Demo Shop', 'Demo Merchant'))
  const wechatCertificate = certify(platform, party('Sandbox WeChat Pay', 'Sandbox WeChat Pay'))
  return {
    alipay: {
      appId: `9021${digits(12)}`,
      sellerId: `2088${digits(12)}`,
      appKey: pemOf(app),
      appCertificate: appCertificate.certificate,
      appCertificateSerial: appCertificate.alipay,
      platformKey: pemOf(alipay),
      platformCertificate: alipayCertificate.certificate,
      platformCertificateSerial: alipayCertificate.alipay,
      rootCertificate: rootCertificate.certificate,
      rootCertificateSerial: rootCertificate.alipay,
    },
    wechat: {
      appId: `wx${hex(16).toLowerCase()}`,
      mchid: `19${digits(8)}`,
      apiV3Key: randomText(random, 32),
      merchantKey: pemOf(merchant),
      merchantCertificate: merchantCertificate.certificate,
      merchantSerial: merchantCertificate.serial,
      platformKey: pemOf(platform),
      platformCertificate: wechatCertificate.certificate,
      platformSerial: wechatCertificate.serial,
      publicKeyPrivateHalf: pemOf(publicKey),
      publicKeyId: markedKeyId(`PUB_KEY_ID_${digits(32)}`),
    },
    foreignKey: pemOf(foreign),
  }
}

/** The id of a public key says that it is a sandbox's: nothing else about such a key does, and a live profile must refuse it. */
export function markedKeyId(publicKeyId: string): string {
  return publicKeyId.replace(/^PUB_KEY_ID_\d{7}/, 'PUB_KEY_ID_SANDBOX')
}

/**
 * WeChat Pay has a new platform certificate, beside the one of before. Who has issued it no merchant's program asks: merchants
 * believe it as it is handed to them. So it is issued by itself.
 */
export async function withNewCertificate(file: KeyFile, clock: Clock, random: Random): Promise<KeyFile> {
  const { platformKey, platformCertificate, platformSerial } = file.wechat
  const key = await newKey()
  const serial = `5${randomText(random, 39, '0123456789ABCDEF')}`
  const subject: DistinguishedName = { C: 'CN', O: 'Sandbox WeChat Pay', OU: 'Sandbox', CN: 'Sandbox WeChat Pay' }
  const dates = { notBefore: clock.now() - yearMs / 365, notAfter: clock.now() + 5 * yearMs }
  const certificate = makeCertificate({ subject, publicKey: createPublicKey(key), serial, ...dates, issuer: subject, issuerKey: key, isAuthority: false })
  const formerPlatform = { key: platformKey, certificate: platformCertificate, serial: platformSerial }
  return { ...file, wechat: { ...file.wechat, platformKey: pemOf(key), platformCertificate: certificate, platformSerial: serial, formerPlatform } }
}

/** One of WeChat Pay's platform certificates, as it is used. */
export interface PlatformCertificate {
  readonly serial: string
  readonly certificate: string
  readonly key: KeyObject
}

/** The newest first; two from the first change on. */
export function platformCertificatesOf({ wechat }: Pick<KeyFile, 'wechat'>): readonly PlatformCertificate[] {
  const newest = { key: wechat.platformKey, certificate: wechat.platformCertificate, serial: wechat.platformSerial }
  const held = wechat.formerPlatform === undefined ? [newest] : [newest, wechat.formerPlatform]
  return held.map(({ key, ...rest }) => ({ ...rest, key: createPrivateKey(key) }))
}

/** The keys as they are used: parsed once. */
export interface Keys {
  readonly file: KeyFile
  readonly alipay: { readonly appPublicKey: KeyObject; readonly platformKey: KeyObject }
  readonly wechat: { readonly merchantPublicKey: KeyObject; readonly publicKeyPrivateHalf: KeyObject }
  readonly foreignKey: KeyObject
}

export function readKeys(file: KeyFile): Keys {
  return {
    file,
    alipay: { appPublicKey: createPublicKey(file.alipay.appKey), platformKey: createPrivateKey(file.alipay.platformKey) },
    wechat: {
      merchantPublicKey: createPublicKey(file.wechat.merchantKey),
      publicKeyPrivateHalf: createPrivateKey(file.wechat.publicKeyPrivateHalf),
    },
    foreignKey: createPrivateKey(file.foreignKey),
  }
}

/** The public half of a private key, as PEM. */
export function publicPem(privatePem: string): string {
  return createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }) as string
}

/** PKCS #1, as Alipay's key tool writes it for languages other than Java. */
export function pkcs1Pem(privatePem: string): string {
  return createPrivateKey(privatePem).export({ type: 'pkcs1', format: 'pem' }) as string
}
