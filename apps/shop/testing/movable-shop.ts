import type { Channel, ChannelName } from '@suanpan/channels'
import { readSandboxCredentials } from '@suanpan/channels/configuration'
import { connectServices } from '@suanpan/edge'
import { readConfiguration } from '@suanpan/hosting'
import { createChannels } from '@suanpan/hosting/channels'
import { hostEdge } from '@suanpan/hosting/edge'
import { inProcessRpc } from '@suanpan/runtime/rpc'
import { openSqliteDatabase } from '@suanpan/runtime/store'
import { silentLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom, type Clock } from '@suanpan/runtime/time'
import { startSandbox } from '@suanpan/sandbox'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wireServices } from '../wire.ts'
import { judgedAtOnce } from './clean-audit.ts'
import { attachShop } from './live-shop.ts'
import { attachPayingShop, type PayingShop } from './paying-shop.ts'

/** A shop in this thread, at a real sandbox, whose time can be put forward: what takes a quarter of an hour takes seconds. */
export interface MovableShop extends PayingShop {
  /** The payments that platforms were asked about, each as often as it was. */
  readonly asked: readonly string[]
  /** Puts the shop's clock and the platforms' forward. What is due by then happens as soon as somebody looks: within a second. */
  forward(durationMs: number): Promise<void>
}

/** The shop is not told anything: nothing listens there. */
const publicUrl = 'http://127.0.0.1:9'

export async function startMovableShop(environment: Readonly<Record<string, string>>): Promise<MovableShop> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-movable-'))
  const sandbox = await startSandbox({ port: 0, folder, logLevel: 'error' })
  const machine = systemClock()
  let aheadMs = 0
  const clock: Clock = { ...machine, now: () => machine.now() + aheadMs }
  const accounts = readSandboxCredentials(join(folder, 'credentials.json'), { publicUrl, timeoutMs: 5_000, certificates: false, now: machine.now() })
  const asked: string[] = []
  // Signatures bear the machine's time.
  const channels = withQueriesNoted(createChannels(accounts, machine, systemRandom), asked)
  const context = {
    configuration: readConfiguration({ PORT: '0', DATA_DIR: folder, ...judgedAtOnce, ...environment }),
    clock,
    random: systemRandom,
    log: silentLog,
  }
  const rpc = inProcessRpc({ clock, maxCalls: 1_000, onError: () => {} })
  const database = openSqliteDatabase({ file: ':memory:', clock: machine })
  const openStore = async (service: string, schemas: readonly URL[]) => database.openStore(service, schemas)
  const services = await wireServices({ ...context, openStore, channels, toEdge: rpc })
  const edge = await hostEdge({
    ...context,
    tokens: { kind: 'demo', secret: 'of a test, and long enough for it' },
    face: 'both',
    port: 0,
    portName: 'PORT',
    rpc,
    services: connectServices(rpc, clock),
    accounts,
    isOpen: () => true,
  })
  const url = await edge.listen()
  await services.start()

  async function stop(): Promise<void> {
    await edge.close()
    await services.stop()
    await sandbox.stop()
    rmSync(folder, { recursive: true })
  }

  const shop = await attachPayingShop(await attachShop(() => url, stop), { sandboxUrl: sandbox.url, paymentSystemUrl: url })
  return {
    ...shop,
    asked,
    forward: async (durationMs) => {
      await shop.platforms.call('POST', '/sandbox/clock', { advanceMs: durationMs })
      aheadMs += durationMs
    },
  }
}

function withQueriesNoted(channels: ReadonlyMap<ChannelName, Channel>, asked: string[]): Map<ChannelName, Channel> {
  return new Map(
    [...channels].map(([name, channel]) => {
      const query: Channel['query'] = (paymentId) => {
        asked.push(paymentId)
        return channel.query(paymentId)
      }
      return [name, { ...channel, query }]
    }),
  )
}
