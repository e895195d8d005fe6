import { connectServices, type Services } from '@suanpan/edge'
import { httpUrl, seedIfEmpty, stopPretenuring, tokensOf, type AccountsAt, type Configuration, type SeedCatalog } from '@suanpan/hosting'
import { hostEdge } from '@suanpan/hosting/edge'
import { createIds } from '@suanpan/runtime/ids'
import { reasonOf } from '@suanpan/runtime/reason'
import { threadRpc } from '@suanpan/runtime/rpc'
import { StartRefused } from '@suanpan/runtime/settings'
import { createLog, type Log } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom, type Clock } from '@suanpan/runtime/time'
import { MessageChannel, Worker } from 'node:worker_threads'
import { journalFile, openDataFolder } from './data-folder.ts'
import { createJournalFile, type JournalFile } from './notifications/opening.ts'
import type { ServicesThreadData, ServicesThreadNews } from './services-thread.ts'

export interface RunningShop {
  /** `http://host:port`. */
  readonly url: string
  /** Whether this start filled an empty shop with demo data. */
  readonly seeded: boolean
  /** A bearer token of this user; undefined outside demo mode. */
  demoToken(userId: string): string | undefined
  /** Stops accepting, finishes what is under way, closes the stores. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly configuration: Configuration
  /** What an empty demo shop is filled with. */
  readonly catalog: SeedCatalog
  /** The accounts to be paid to; asked for once the data folder is this process's own. */
  readonly accounts: () => Promise<AccountsAt>
  /** The services, or a disk under what was promised, are gone for good: nothing can be answered any more. */
  readonly onCrash: (because: string) => void
}

/**
 * Starts the whole shop in this process: HTTP in this thread, services and stores in another one, because a store's
 * fsync blocks the thread that asks for it.
 *
 * Throws `StartRefused` with a message for whoever tried to start it.
 */
export async function startShop(options: StartOptions): Promise<RunningShop> {
  stopPretenuring()
  const { databaseUrl, dataDir } = options.configuration
  const folder = databaseUrl === undefined ? openDataFolder(dataDir) : undefined
  try {
    const shop = await open(options)
    return {
      ...shop,
      stop: async () => {
        await shop.stop()
        folder?.release()
      },
    }
  } catch (error) {
    folder?.release()
    throw error
  }
}

async function open({ configuration, catalog, accounts: readAccounts, onCrash }: StartOptions): Promise<RunningShop> {
  const { host, port } = configuration
  const clock = systemClock()
  const log = createLog(configuration.logLevel)
  const tokens = tokensOf(configuration, systemRandom)
  const accountsAt = await readAccounts()
  let isOpen = false
  const { port1, port2: rpcPort } = new MessageChannel()
  const rpc = threadRpc(port1, { clock, maxCalls: 0, onError: () => {} })
  const services = connectServices(rpc, clock)
  const journal = journalOf({ configuration, payment: services.payment, clock, log, onCrash })
  const edge = await hostEdge({
    configuration,
    tokens,
    face: 'both',
    port,
    portName: 'PORT',
    clock,
    random: systemRandom,
    log,
    rpc,
    services: journal === undefined ? services : { ...services, payment: { ...services.payment, receiveNotifications: journal.receiveNotifications } },
    // What verifies notifications does not depend on where they arrive.
    accounts: accountsAt(httpUrl(host, port)),
    isOpen: () => isOpen,
  })
  let thread: ServicesThread | undefined
  const stop = async (): Promise<void> => {
    await edge.close()
    await journal?.stop()
    await thread?.stop()
    port1.close()
  }
  try {
    // Whoever calls this early waits a moment: calls reach the services once they run.
    const url = await edge.listen()
    thread = await startServices({ configuration, accounts: accountsAt(url), rpcPort }, log, onCrash)
    const seeded = tokens.kind === 'demo' && (await seedIfEmpty(rpc, clock, catalog))
    await journal?.open()
    isOpen = true
    return { url, seeded, demoToken: edge.demoToken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface JournalOptions extends Pick<StartOptions, 'configuration' | 'onCrash'> {
  readonly payment: Services['payment']
  readonly clock: Clock
  readonly log: Log
}

/** On PostgreSQL there is none: what a shop has promised is kept where every process of it finds it. */
function journalOf({ configuration: { databaseUrl, dataDir }, payment, clock, log, onCrash }: JournalOptions): JournalFile | undefined {
  if (databaseUrl !== undefined) return undefined
  const onLost = (error: unknown): void => {
    log.error({ error }, 'the disk refused notifications; their platforms send them again. The shop ends: make room on the disk, and start it again')
    onCrash('the disk failed under the notifications')
  }
  return createJournalFile(journalFile(dataDir), { payment, clock, ids: createIds({ clock, random: systemRandom }), log, onLost })
}

interface ServicesThread {
  stop(): Promise<void>
}

async function startServices(workerData: ServicesThreadData, log: Log, onCrash: (because: string) => void): Promise<ServicesThread> {
  const worker = new Worker(new URL('./services-thread.ts', import.meta.url), { workerData, transferList: [workerData.rpcPort] })
  let stopping = false
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('error', (error: unknown) => log.error({ error }, 'the services thread failed'))

  const first = await new Promise<ServicesThreadNews>((resolve) => {
    worker.once('message', resolve)
    worker.once('error', (error: unknown) => resolve({ kind: 'refused', because: reasonOf(error) }))
    worker.once('exit', () => resolve({ kind: 'stopped' }))
  })
  if (first.kind !== 'ready') {
    // What it holds for the services that did open, such as connections to their database, would keep it for many seconds.
    await worker.terminate()
    throw new StartRefused(first.kind === 'refused' ? first.because : 'the services stopped while they were starting')
  }
  void exited.then(() => {
    if (!stopping) onCrash('the services thread has ended')
  })
  return {
    stop: async () => {
      stopping = true
      worker.postMessage('stop')
      await exited
    },
  }
}
