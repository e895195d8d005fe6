import { StartRefused } from '@suanpan/runtime/settings'
import { createLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import type { AddressInfo } from 'node:net'
import type { AlipayContext } from './alipay/context.ts'
import { alipayNotification } from './alipay/notification.ts'
import type { SandboxConfiguration } from './configuration.ts'
import type { SandboxContext, Server } from './context.ts'
import { startCourier } from './courier.ts'
import type { Credentials } from './credentials.ts'
import { createDownloads } from './downloads.ts'
import { openFolder, type SandboxFolder } from './folder.ts'
import { readKeys } from './keys/keys.ts'
import { openLedger } from './ledger.ts'
import { createServer } from './server.ts'
import type { WechatContext } from './wechat/context.ts'
import { createIdentity } from './wechat/identity.ts'
import { wechatNotification } from './wechat/notification.ts'

export interface RunningSandbox {
  /** Without a slash at the end. */
  readonly url: string
  readonly credentials: Credentials
  /** Finishes what is under way; everything is kept. */
  stop(): Promise<void>
}

/** Nobody but this machine. */
const host = '127.0.0.1'

const alipayBillLifeMs = 30_000
const wechatBillLifeMs = 5 * 60_000

/**
 * Starts both platforms. Keys are made at the first start in a folder; what was traded there before is still known.
 *
 * Throws `StartRefused` for a port or a folder that cannot be had.
 */
export async function startSandbox(configuration: SandboxConfiguration): Promise<RunningSandbox> {
  const clock = systemClock()
  const folder = await openFolder(configuration.folder, clock, systemRandom)
  try {
    return await start(configuration, folder)
  } catch (error) {
    folder.release()
    throw error
  }
}

async function start(configuration: SandboxConfiguration, folder: SandboxFolder): Promise<RunningSandbox> {
  const clock = systemClock()
  const log = createLog(configuration.logLevel)
  const ledger = await openLedger({ file: folder.stateFile, clock })
  const keys = readKeys(folder.keys)
  let baseUrl = ''
  const shared: SandboxContext = { ledger, keys, clock, random: systemRandom, log, baseUrl: () => baseUrl }
  const { foreignKey } = keys
  const alipay: AlipayContext = { ...shared, bills: createDownloads(shared, alipayBillLifeMs), signer: { key: keys.alipay.platformKey, foreignKey } }
  const wechat: WechatContext = { ...shared, bills: createDownloads(shared, wechatBillLifeMs), identity: createIdentity(keys, ledger) }

  const credentialsNow = () => folder.credentials(baseUrl)
  const changeCertificate = async () => {
    wechat.identity.change(await folder.changeCertificate())
    folder.handOut(credentialsNow())
  }
  const server = await createServer({ shared, alipay, wechat, credentials: credentialsNow, changeCertificate })
  baseUrl = `http://${host}:${await listen(server, configuration.port)}`
  const credentials = credentialsNow()
  folder.handOut(credentials)
  const courier = startCourier({
    ledger,
    clock,
    log,
    compose: (delivery) => (delivery.notification.channel === 'alipay' ? alipayNotification(alipay, delivery) : wechatNotification(wechat, delivery)),
  })
  return {
    url: baseUrl,
    credentials,
    stop: async () => {
      await server.close()
      await courier.stop()
      await ledger.close()
      folder.release()
    },
  }
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    await server.listen({ port, host })
  } catch (error) {
    await server.close()
    const because = (error as { code?: unknown }).code === 'EADDRINUSE' ? 'another program listens there' : String(error)
    throw new StartRefused(`The sandbox cannot listen on ${host}:${port}: ${because}. Stop that program, or name another SANDBOX_PORT.`)
  }
  return (server.server.address() as AddressInfo).port
}
