import { reasonOf } from '@suanpan/runtime/reason'
import { StartRefused } from '@suanpan/runtime/settings'
import type { Clock, Random } from '@suanpan/runtime/time'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Value } from 'typebox/value'
import type { Credentials } from './credentials.ts'
import { keyFileSchema, makeKeys, pkcs1Pem, publicPem, type KeyFile } from './keys/keys.ts'

/** The sandbox's own folder, which one process has at a time. */
export interface SandboxFolder {
  readonly stateFile: string
  /** Those of the first run. */
  readonly keys: KeyFile
  /** What a shop needs: this run's addresses, the first run's keys. */
  credentials(baseUrl: string): Credentials
  /** Leaves them in `credentials.json`. */
  handOut(credentials: Credentials): void
  release(): void
}

/** Throws `StartRefused` for a folder that is in use or cannot be written. */
export async function openFolder(folder: string, clock: Clock, random: Random): Promise<SandboxFolder> {
  const lock = takeLock(folder)
  try {
    const keys = await keysOf(folder, clock, random)
    const pathOf = (name: string) => join(folder, name)
    writeWhole(pathOf('alipay-app.crt'), keys.alipay.appCertificate)
    writeWhole(pathOf('alipay-platform.crt'), keys.alipay.platformCertificate)
    writeWhole(pathOf('alipay-root.crt'), keys.alipay.rootCertificate)
    return {
      stateFile: pathOf('state.db'),
      keys,
      credentials: (baseUrl) => credentialsOf(keys, baseUrl, pathOf),
      handOut: (credentials) => writeWhole(pathOf('credentials.json'), `${JSON.stringify(credentials, null, 2)}\n`),
      release: () => lock.close(),
    }
  } catch (error) {
    lock.close()
    throw error
  }
}

/** What SQLite says when another process holds the lock (https://sqlite.org/rescode.html#busy). */
const sqliteBusy = 5

/** A file lock of the operating system: it ends with the process, however that ends. */
function takeLock(folder: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    lock = new DatabaseSync(join(folder, 'lock'))
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) {
      throw new StartRefused(`The sandbox folder ${folder} is in use. Stop that sandbox first, or start this one with another DATA_DIR and SANDBOX_PORT.`)
    }
    const because = reasonOf(error)
    throw new StartRefused(`The sandbox folder ${folder} cannot be used: ${because}. See that this user may write there, or name another DATA_DIR.`)
  }
}

async function keysOf(folder: string, clock: Clock, random: Random): Promise<KeyFile> {
  const file = join(folder, 'keys.json')
  if (!existsSync(file)) writeWhole(file, `${JSON.stringify(await makeKeys(clock, random), null, 2)}\n`)
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (Value.Check(keyFileSchema, content)) return content
  throw new StartRefused(
    `${file} is not what this version writes. Delete the folder for a fresh sandbox: it forgets all trades, and the shop must fetch its credentials anew.`,
  )
}

/** Complete on disk before it takes its name; readable by this user only. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.draft`
  const handle = openSync(draft, 'w', 0o600)
  writeFileSync(handle, text)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(draft, file)
}

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
      platformCertificates: [{ serial: wechat.platformSerial, certificate: wechat.platformCertificate }],
      baseUrl,
    },
  }
}
