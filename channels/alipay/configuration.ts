import type { X509Certificate } from 'node:crypto'
import { readSettings, StartRefused, type Environment } from '@suanpan/runtime/settings'
import {
  channelSettings,
  fileSetting,
  notifyUrlOf,
  refuseMixture,
  readNamedFile,
  readSecretFile,
  textSetting,
  urlSetting,
  type Profile,
} from '../configuration/settings.ts'
import { certificatesIn, privateKeyIn, privatePem, publicKeyIn, publicPem, requireInForce } from '../configuration/keys.ts'
import type { AlipayRecipient } from './notification.ts'

/** Everything as plain text, so that it can be handed to another thread. */
export interface AlipayConfiguration extends AlipayRecipient {
  readonly profile: Profile
  readonly gateway: string
  readonly notifyUrl: string
  readonly timeoutMs: number
  /** PEM, PKCS #8. Secret. */
  readonly privateKey: string
  /** Certificate mode; PEM. Undefined: public-key mode. */
  readonly certificates: { readonly app: string; readonly alipay: string; readonly root: string } | undefined
}

export const alipaySettings = {
  ALIPAY_APP_ID: textSetting("the app's id at Alipay's open platform", '8 to 32 letters and digits', /^[0-9A-Za-z_-]{8,32}$/),
  ALIPAY_SELLER_ID: textSetting('the account that is paid: the partner id that begins with 2088', '8 to 32 letters and digits', /^[0-9A-Za-z_-]{8,32}$/),
  ALIPAY_PRIVATE_KEY_FILE: fileSetting("the app's private key (PKCS #1 or PKCS #8); readable by its owner only"),
  ALIPAY_PUBLIC_KEY_FILE: fileSetting("public-key mode: Alipay's public key for the app, which is not the app's own public key"),
  ALIPAY_APP_CERT_FILE: fileSetting("certificate mode: the app's certificate (appCertPublicKey_….crt)"),
  ALIPAY_PUBLIC_CERT_FILE: fileSetting("certificate mode: Alipay's certificate (alipayCertPublicKey_RSA2.crt)"),
  ALIPAY_ROOT_CERT_FILE: fileSetting("certificate mode: Alipay's root certificates (alipayRootCert.crt)"),
  ALIPAY_GATEWAY: urlSetting('where Alipay is called, with its path', 'https://openapi.alipay.com/gateway.do'),
}

const certificateSettings = ['ALIPAY_APP_CERT_FILE', 'ALIPAY_PUBLIC_CERT_FILE', 'ALIPAY_ROOT_CERT_FILE'] as const

/** What a configuration is made of, wherever it was read. Keys: PEM, or bare base64. */
export interface AlipayMaterial {
  readonly gateway: string
  readonly appId: string
  readonly sellerId: string
  readonly publicUrl: string
  readonly timeoutMs: number
  readonly privateKey: string
  /** Exactly one of `publicKey` and `certificates`. */
  readonly publicKey: string | undefined
  readonly certificates: AlipayConfiguration['certificates']
}

/**
 * Reads what an environment says of Alipay; undefined if it says nothing. `now` (epoch ms) is compared with the
 * certificates' time. Throws `StartRefused`.
 */
export function readAlipayConfiguration(environment: Environment, profile: Profile, now: number): AlipayConfiguration | undefined {
  const { isSet, required } = readSettings(environment)
  if (!Object.keys(alipaySettings).some(isSet)) return undefined
  const read = (name: keyof typeof alipaySettings) => required(name, alipaySettings[name])
  const hasCertificates = certificateSettings.some(isSet)
  if (hasCertificates && isSet('ALIPAY_PUBLIC_KEY_FILE')) {
    throw new StartRefused('ALIPAY_PUBLIC_KEY_FILE and certificates are both set: say which mode the app is in, and unset the other.')
  }
  const publicFile = (name: keyof typeof alipaySettings) => readNamedFile(name, read(name))
  const material = {
    gateway: read('ALIPAY_GATEWAY'),
    appId: read('ALIPAY_APP_ID'),
    sellerId: read('ALIPAY_SELLER_ID'),
    publicUrl: required('PUBLIC_URL', channelSettings.PUBLIC_URL),
    timeoutMs: required('PLATFORM_TIMEOUT_MS', channelSettings.PLATFORM_TIMEOUT_MS),
    privateKey: readSecretFile('ALIPAY_PRIVATE_KEY_FILE', read('ALIPAY_PRIVATE_KEY_FILE')),
    publicKey: hasCertificates ? undefined : publicFile('ALIPAY_PUBLIC_KEY_FILE'),
    certificates: hasCertificates
      ? { app: publicFile('ALIPAY_APP_CERT_FILE'), alipay: publicFile('ALIPAY_PUBLIC_CERT_FILE'), root: publicFile('ALIPAY_ROOT_CERT_FILE') }
      : undefined,
  }
  return alipayConfigurationOf(material, profile, now)
}

/** Throws `StartRefused` in terms of the settings, whatever the material was read from. */
export function alipayConfigurationOf(material: AlipayMaterial, profile: Profile, now: number): AlipayConfiguration {
  const { gateway, appId, sellerId, publicUrl, timeoutMs, certificates } = material
  const privateKey = privateKeyIn('ALIPAY_PRIVATE_KEY_FILE', material.privateKey)
  const alipayPublicKey =
    certificates === undefined
      ? publicPem(publicKeyIn('ALIPAY_PUBLIC_KEY_FILE', material.publicKey ?? ''))
      : publicKeyOfCertificates(certificates, publicPem(privateKey), now)
  if (alipayPublicKey === publicPem(privateKey)) {
    const setting = certificates === undefined ? 'ALIPAY_PUBLIC_KEY_FILE' : 'ALIPAY_PUBLIC_CERT_FILE'
    throw new StartRefused(`${setting}: this is the app's own key. It takes Alipay's: the open platform shows it beside the app's, once that is uploaded.`)
  }
  refuseMixture({
    profile,
    gateway: ['ALIPAY_GATEWAY', gateway],
    publicUrl,
    realHosts: ['openapi.alipay.com', 'openapi-global.alipay.com'],
    sandboxHosts: ['openapi.alipaydev.com', 'openapi-sandbox.dl.alipaydev.com'],
    credentials: [
      ['ALIPAY_APP_ID', appId],
      ['ALIPAY_PUBLIC_KEY_FILE', material.publicKey ?? ''],
      [
        'ALIPAY_ROOT_CERT_FILE',
        certificates === undefined
          ? ''
          : certificatesIn('ALIPAY_ROOT_CERT_FILE', certificates.root)
              .map(({ subject }) => subject)
              .join(),
      ],
    ],
  })
  const notifyUrl = notifyUrlOf(publicUrl, 'alipay')
  return { profile, gateway, appId, sellerId, notifyUrl, timeoutMs, privateKey: privatePem(privateKey), alipayPublicKey, certificates }
}

/** Alipay's public key, from a certificate that its root vouches for; beside it, the app's certificate must be of our key. */
function publicKeyOfCertificates(texts: { readonly app: string; readonly alipay: string; readonly root: string }, ourPublicKey: string, now: number): string {
  const [app] = certificatesIn('ALIPAY_APP_CERT_FILE', texts.app)
  const [alipay, ...others] = certificatesIn('ALIPAY_PUBLIC_CERT_FILE', texts.alipay)
  const roots = certificatesIn('ALIPAY_ROOT_CERT_FILE', texts.root)
  if (app === undefined || alipay === undefined) throw new StartRefused('ALIPAY_APP_CERT_FILE: the file has no certificate.')
  if (publicPem(app.publicKey) !== ourPublicKey) throw new StartRefused('ALIPAY_APP_CERT_FILE: the certificate is not of the key in ALIPAY_PRIVATE_KEY_FILE.')
  if (!isVouchedFor(alipay, others, roots)) throw new StartRefused('ALIPAY_PUBLIC_CERT_FILE: no certificate of ALIPAY_ROOT_CERT_FILE has issued it.')
  requireInForce('ALIPAY_APP_CERT_FILE', app, now)
  requireInForce('ALIPAY_PUBLIC_CERT_FILE', alipay, now)
  return publicPem(alipay.publicKey)
}

function isVouchedFor(certificate: X509Certificate, between: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  // Names first: the platform's file also has roots of other algorithms (SM2), whose keys fit no signature here.
  const hasIssued = (issuer: X509Certificate) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  if (roots.some(hasIssued)) return true
  const issuer = between.find(hasIssued)
  return (
    issuer !== undefined &&
    isVouchedFor(
      issuer,
      between.filter((other) => other !== issuer),
      roots,
    )
  )
}
