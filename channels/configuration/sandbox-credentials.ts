import { StartRefused } from '@suanpan/runtime/settings'
import { alipayConfigurationOf, type AlipayConfiguration } from '../alipay/configuration.ts'
import { readNamedFile, readSecretFile } from './settings.ts'
import { fieldsOf, fieldsOfJson, isFields, textOf, type Fields } from '../fields.ts'
import { wechatConfigurationOf, type WechatConfiguration } from '../wechat/configuration.ts'

export interface SandboxOptions {
  /** Where the sandbox reaches this shop. */
  readonly publicUrl: string
  readonly timeoutMs: number
  /** Alipay's certificate mode and WeChat Pay's platform certificates; otherwise public keys. */
  readonly certificates: boolean
  /** Epoch ms. */
  readonly now: number
}

/**
 * The configurations for the sandbox whose `credentials.json` lies at `path`, always under the profile `sandbox`. They
 * differ from any other in nothing else. Throws `StartRefused`.
 */
export function readSandboxCredentials(path: string, options: SandboxOptions): { readonly alipay: AlipayConfiguration; readonly wechat: WechatConfiguration } {
  const credentials = fieldsOfJson(readSecretFile('credentials.json', path))
  if (credentials === undefined || textOf(credentials, 'environment') !== 'sandbox') {
    throw new StartRefused(`${path} is not what a sandbox writes. Start the sandbox again: it writes the file anew.`)
  }
  return { alipay: alipayOf(fieldsOf(credentials, 'alipay'), options), wechat: wechatOf(fieldsOf(credentials, 'wechat'), options) }
}

function alipayOf(fields: Fields, { publicUrl, timeoutMs, certificates, now }: SandboxOptions): AlipayConfiguration {
  const text = (name: string) => textOf(fields, name)
  const file = (name: string) => readNamedFile(name, text(name))
  const material = {
    gateway: text('gateway'),
    appId: text('appId'),
    sellerId: text('sellerId'),
    publicUrl,
    timeoutMs,
    privateKey: text('appPrivateKey'),
    publicKey: certificates ? undefined : text('alipayPublicKey'),
    certificates: certificates ? { app: file('appCertPath'), alipay: file('alipayPublicCertPath'), root: file('alipayRootCertPath') } : undefined,
  }
  return alipayConfigurationOf(material, 'sandbox', now)
}

function wechatOf(fields: Fields, { publicUrl, timeoutMs, certificates, now }: SandboxOptions): WechatConfiguration {
  const text = (name: string) => textOf(fields, name)
  const held = fields['platformCertificates']
  const material = {
    baseUrl: text('baseUrl'),
    mchid: text('mchid'),
    appid: text('appId'),
    publicUrl,
    timeoutMs,
    merchantSerial: text('merchantSerial'),
    privateKey: text('merchantPrivateKey'),
    apiV3Key: text('apiV3Key'),
    publicKey: certificates ? undefined : { id: text('publicKeyId'), pem: text('publicKey') },
    // Both kinds are held, as while switching: notifications may be signed with either.
    certificates: Array.isArray(held) ? held.filter(isFields).map((each) => textOf(each, 'certificate')) : [],
  }
  return wechatConfigurationOf(material, 'sandbox', now)
}
