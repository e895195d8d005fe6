import { writeWhole } from '@suanpan/runtime/files'
import { lockFolder } from '@suanpan/runtime/folder'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Clock, Random } from '@suanpan/runtime/time'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import type { Credentials } from './credentials.ts'
import { keyFileSchema, makeKeys, markedKeyId, pkcs1Pem, platformCertificatesOf, publicPem, withNewCertificate, type KeyFile } from './keys/keys.ts'

/** The sandbox's own folder, which one process has at a time. */
export interface SandboxFolder {
  readonly stateFile: string
  /** As they are at the start. */
  readonly keys: KeyFile
  /** WeChat Pay gets a new platform certificate, beside the one of before. */
  changeCertificate(): Promise<KeyFile>
  /** What a shop needs: this run's addresses, and the keys. */
  credentials(baseUrl: string): Credentials
  /** Leaves them in `credentials.json`. */
  handOut(credentials: Credentials): void
  release(): void
}

const words = { what: 'sandbox folder', setting: 'DATA_DIR' }

/** Throws `StartRefused` for a folder that is in use or cannot be written. */
export async function openFolder(folder: string, clock: Clock, random: Random): Promise<SandboxFolder> {
  const lock = lockFolder(folder, words, 'Stop that sandbox first, or start this one with another DATA_DIR and SANDBOX_PORT.', 0o700)
  try {
    let keys = await keysOf(folder, clock, random)
    const pathOf = (name: string) => join(folder, name)
    writeOwn(pathOf('alipay-app.crt'), keys.alipay.appCertificate)
    writeOwn(pathOf('alipay-platform.crt'), keys.alipay.platformCertificate)
    writeOwn(pathOf('alipay-root.crt'), keys.alipay.rootCertificate)
    return {
      stateFile: pathOf('state.db'),
      keys,
      changeCertificate: async () => {
        keys = await withNewCertificate(keys, clock, random)
        writeOwn(pathOf('keys.json'), `${JSON.stringify(keys, null, 2)}\n`)
        return keys
      },
      credentials: (baseUrl) => credentialsOf(keys, baseUrl, pathOf),
      handOut: (credentials) => writeOwn(pathOf('credentials.json'), `${JSON.stringify(credentials, null, 2)}\n`),
      release: lock.release,
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function keysOf(folder: string, clock: Clock, random: Random): Promise<KeyFile> {
  const file = join(folder, 'keys.json')
  if (!existsSync(file)) writeOwn(file, `${JSON.stringify(await makeKeys(clock, random), null, 2)}\n`)
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  // The ids of earlier versions had no mark.
  if (Value.Check(keyFileSchema, content)) return { ...content, wechat: { ...content.wechat, publicKeyId: markedKeyId(content.wechat.publicKeyId) } }
  throw new StartRefused(
    `${file} is not what this version writes. Delete the folder for a fresh sandbox: it forgets all trades, and the shop must fetch its credentials anew.`,
  )
}

/** For this user only. */
const writeOwn = (file: string, text: string): void => writeWhole(file, text, 0o600)

function credentialsOf({ alipay, wechat }: KeyFile, baseUrl: string, pathOf: (name: string) => string): Credentials {
  return {
    environment: 'sandbox',
    alipay: {
      appId: alipay.appId,
      sellerId: alipay.sellerId,
      keyType: 'PKCS1',
      appPrivateKey: pkcs1Pem(alipay.appKey),
      alipayPublicKey: publicPem(alipay.platformKey),
      appCertPath: pathOf('alipay-app.crt'),
      alipayPublicCertPath: pathOf('alipay-platform.crt'),
      alipayRootCertPath: pathOf('alipay-root.crt'),
      gateway: `${baseUrl}/gateway.do`,
      endpoint: baseUrl,
    },
    wechat: {
      mchid: wechat.mchid,
      appId: wechat.appId,
      merchantPrivateKey: wechat.merchantKey,
      merchantSerial: wechat.merchantSerial,
      apiV3Key: wechat.apiV3Key,
      publicKeyId: wechat.publicKeyId,
      publicKey: publicPem(wechat.publicKeyPrivateHalf),
      platformCertificates: platformCertificatesOf({ wechat }).map(({ serial, certificate }) => ({ serial, certificate })),
      baseUrl,
    },
  }
}
