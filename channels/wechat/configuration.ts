import { readSettings, StartRefused, type Environment } from '@suanpan/runtime/settings'
import {
  channelSettings,
  fileSetting,
  notifyUrlOf,
  readNamedFile,
  refuseMixture,
  readSecretFile,
  textSetting,
  urlSetting,
  type Profile,
} from '../configuration/settings.ts'
import { certificatesIn, privateKeyIn, privatePem, publicKeyIn, publicPem, requireInForce } from '../configuration/keys.ts'
import type { WechatRecipient } from './notification.ts'

/** Everything as plain text, so that it can be handed to another thread. */
export interface WechatConfiguration extends WechatRecipient {
  readonly profile: Profile
  readonly baseUrl: string
  readonly notifyUrl: string
  readonly timeoutMs: number
  /** The serial number of our own certificate at the platform. */
  readonly merchantSerial: string
  /** PEM, PKCS #8. Secret. */
  readonly privateKey: string
  /** Which of `platformKeys` the platform is asked to sign its answers with. */
  readonly answerSerial: string
}

export const wechatSettings = {
  WECHAT_MCHID: textSetting("the merchant's number", '4 to 32 letters and digits', /^[0-9A-Za-z_-]{4,32}$/),
  WECHAT_APPID: textSetting('the id of the official account or app that belongs to the merchant', '8 to 32 letters and digits', /^[0-9A-Za-z_-]{8,32}$/),
  WECHAT_PRIVATE_KEY_FILE: fileSetting("the merchant's private key (apiclient_key.pem); readable by its owner only"),
  WECHAT_CERT_SERIAL: textSetting("the serial number of the merchant's own certificate", '8 to 64 hexadecimal digits', /^[0-9A-Fa-f]{8,64}$/),
  WECHAT_API_V3_KEY_FILE: fileSetting('the APIv3 key, 32 characters; readable by its owner only'),
  WECHAT_PUBLIC_KEY_ID: textSetting('public-key mode: the id of the WeChat Pay public key', 'PUB_KEY_ID_ and digits', /^PUB_KEY_ID_[0-9A-Za-z_]{1,52}$/),
  WECHAT_PUBLIC_KEY_FILE: fileSetting('public-key mode: the WeChat Pay public key'),
  WECHAT_PLATFORM_CERT_FILES: fileSetting(
    'platform-certificate mode: the certificates of the platform, separated by commas; beside a public key while switching to it',
  ),
  WECHAT_BASE_URL: urlSetting('where WeChat Pay is called', 'https://api.mch.weixin.qq.com/'),
}

/** What a configuration is made of, wherever it was read. Keys: PEM, or bare base64. */
export interface WechatMaterial {
  readonly baseUrl: string
  readonly mchid: string
  readonly appid: string
  readonly publicUrl: string
  readonly timeoutMs: number
  readonly merchantSerial: string
  readonly privateKey: string
  readonly apiV3Key: string
  /** At least one of `publicKey` and `certificates`; the former is preferred. */
  readonly publicKey: { readonly id: string; readonly pem: string } | undefined
  /** PEM texts, each with one certificate or more. */
  readonly certificates: readonly string[]
}

/**
 * Reads what an environment says of WeChat Pay; undefined if it says nothing. `now` (epoch ms) is compared with the
 * certificates' time. Throws `StartRefused`.
 */
export function readWechatConfiguration(environment: Environment, profile: Profile, now: number): WechatConfiguration | undefined {
  const { isSet, required } = readSettings(environment)
  if (!Object.keys(wechatSettings).some(isSet)) return undefined
  const read = (name: keyof typeof wechatSettings) => required(name, wechatSettings[name])
  const hasPublicKey = isSet('WECHAT_PUBLIC_KEY_ID') || isSet('WECHAT_PUBLIC_KEY_FILE')
  const secretFile = (name: keyof typeof wechatSettings) => readSecretFile(name, read(name))
  const certificatePaths = isSet('WECHAT_PLATFORM_CERT_FILES') ? read('WECHAT_PLATFORM_CERT_FILES').split(',') : []
  const material = {
    baseUrl: read('WECHAT_BASE_URL'),
    mchid: read('WECHAT_MCHID'),
    appid: read('WECHAT_APPID'),
    publicUrl: required('PUBLIC_URL', channelSettings.PUBLIC_URL),
    timeoutMs: required('PLATFORM_TIMEOUT_MS', channelSettings.PLATFORM_TIMEOUT_MS),
    merchantSerial: read('WECHAT_CERT_SERIAL'),
    privateKey: secretFile('WECHAT_PRIVATE_KEY_FILE'),
    apiV3Key: secretFile('WECHAT_API_V3_KEY_FILE').trim(),
    publicKey: hasPublicKey ? { id: read('WECHAT_PUBLIC_KEY_ID'), pem: readNamedFile('WECHAT_PUBLIC_KEY_FILE', read('WECHAT_PUBLIC_KEY_FILE')) } : undefined,
    certificates: certificatePaths.map((path) => readNamedFile('WECHAT_PLATFORM_CERT_FILES', path.trim())),
  }
  return wechatConfigurationOf(material, profile, now)
}

/** Throws `StartRefused` in terms of the settings, whatever the material was read from. */
export function wechatConfigurationOf(material: WechatMaterial, profile: Profile, now: number): WechatConfiguration {
  const { mchid, appid, publicUrl, timeoutMs, apiV3Key } = material
  const baseUrl = material.baseUrl.replace(/\/*$/, '/')
  const merchantSerial = material.merchantSerial.toUpperCase()
  const privateKey = privateKeyIn('WECHAT_PRIVATE_KEY_FILE', material.privateKey)
  if (Buffer.byteLength(apiV3Key) !== 32) throw new StartRefused('WECHAT_API_V3_KEY_FILE: the APIv3 key is not 32 characters long.')
  const held = [...(material.publicKey === undefined ? [] : [heldPublicKey(material.publicKey)]), ...heldCertificates(material.certificates, now)]
  const [preferred] = held
  if (preferred === undefined) {
    throw new StartRefused(
      'WECHAT_PUBLIC_KEY_ID with WECHAT_PUBLIC_KEY_FILE, or WECHAT_PLATFORM_CERT_FILES: one has to be set, to verify what the platform says.',
    )
  }
  refuseOwnKey(held, publicPem(privateKey), merchantSerial)
  refuseMixture({
    profile,
    gateway: ['WECHAT_BASE_URL', baseUrl],
    publicUrl,
    realHosts: ['api.mch.weixin.qq.com', 'api2.mch.weixin.qq.com'],
    sandboxHosts: [],
    credentials: [
      ['WECHAT_MCHID', mchid],
      ['WECHAT_APPID', appid],
      ['WECHAT_PUBLIC_KEY_ID', material.publicKey?.id ?? ''],
      ...held.map(({ setting, text }) => [setting, text] as const),
    ],
  })
  return {
    profile,
    baseUrl,
    mchid,
    appid,
    notifyUrl: notifyUrlOf(publicUrl, 'wechat'),
    timeoutMs,
    merchantSerial,
    privateKey: privatePem(privateKey),
    apiV3Key,
    platformKeys: Object.fromEntries(held.map(({ serial, pem }) => [serial, pem])),
    answerSerial: preferred.serial,
  }
}

interface HeldKey {
  readonly setting: string
  readonly serial: string
  readonly pem: string
  /** What a sandbox's mark would stand in. */
  readonly text: string
}

function heldPublicKey({ id, pem }: { readonly id: string; readonly pem: string }): HeldKey {
  return { setting: 'WECHAT_PUBLIC_KEY_FILE', serial: id, pem: publicPem(publicKeyIn('WECHAT_PUBLIC_KEY_FILE', pem)), text: pem }
}

/** The one that is valid longest comes first. */
function heldCertificates(texts: readonly string[], now: number): HeldKey[] {
  const setting = 'WECHAT_PLATFORM_CERT_FILES'
  const certificates = texts.flatMap((text) => certificatesIn(setting, text))
  for (const certificate of certificates) requireInForce(setting, certificate, now)
  return certificates
    .toSorted((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo))
    .map(({ serialNumber, publicKey, subject, issuer }) => ({ setting, serial: serialNumber, pem: publicPem(publicKey), text: `${subject}\n${issuer}` }))
}

/** Our own certificate beside the private key is easily taken for the platform's. */
function refuseOwnKey(held: readonly HeldKey[], ourPublicKey: string, merchantSerial: string): void {
  const own = held.find(({ serial, pem }) => pem === ourPublicKey || serial === merchantSerial.toUpperCase())
  if (own !== undefined) throw new StartRefused(`${own.setting}: this is the merchant's own key. It takes the platform's, from the merchant console.`)
}
