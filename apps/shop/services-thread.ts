import type { Accounts, Configuration } from '@suanpan/hosting'
import { createChannels } from '@suanpan/hosting/channels'
import { openServiceStore } from '@suanpan/hosting/store'
import { reasonOf } from '@suanpan/runtime/reason'
import { threadRpc } from '@suanpan/runtime/rpc'
import { openSqliteDatabase, type Store } from '@suanpan/runtime/store'
import { createLog } from '@suanpan/runtime/telemetry'
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import { storeFile } from './data-folder.ts'
import { wireServices } from './wire.ts'

/** What the thread is started with. */
export interface ServicesThreadData {
  readonly configuration: Configuration
  readonly accounts: Accounts
  /** Calls of the edge arrive here. */
  readonly rpcPort: MessagePort
}

/** What the thread says about itself. */
export type ServicesThreadNews = { readonly kind: 'ready' } | { readonly kind: 'refused'; readonly because: string } | { readonly kind: 'stopped' }

const { configuration, accounts, rpcPort } = workerData as ServicesThreadData
const clock = systemClock()
const log = createLog(configuration.logLevel)

function tell(news: ServicesThreadNews): void {
  parentPort?.postMessage(news)
}

interface Storage {
  readonly openStore: (service: string, schemas: readonly URL[]) => Promise<Store>
  /** Resolves once what any of the stores has told is on disk. */
  readonly settled: () => Promise<void>
}

/**
 * These speak to nobody outside of this thread but through calls that wait for `settled`: an order passes through all
 * of them on the way to one commit. Every other service hears of its commits when they are on disk.
 */
const sharingOneFate = new Set(['catalog', 'coupon', 'inventory', 'user', 'points', 'order'])

/** A schema a service on PostgreSQL; embedded, one file, so that all services share each fsync. */
function openStorage({ databaseUrl, dataDir }: Configuration): Storage {
  if (databaseUrl === undefined) {
    const database = openSqliteDatabase({ file: storeFile(dataDir), clock, onLost: endWithoutAnswer })
    return {
      openStore: async (service, schemas) => database.openStore(service, schemas, sharingOneFate.has(service) ? 'applied' : 'durable'),
      settled: database.settled,
    }
  }
  return {
    openStore: (service, schemas) => openServiceStore({ service, databaseUrl, schemas, clock, log }),
    settled: () => Promise.resolve(),
  }
}

/** What was lost was told to nobody outside: the shop ends, and the next start goes on with what the file holds. */
function endWithoutAnswer(error: unknown): void {
  log.error({ error }, 'the disk refused a commit; nobody was told of what it held. The shop ends: make room on the disk, and start it again')
  process.exit(1)
}

try {
  const channels = createChannels(accounts, clock, systemRandom)
  const { openStore, settled } = openStorage(configuration)
  const onError = (method: string, error: unknown): void => log.error({ method, error }, 'a service failed to answer')
  const toEdge = threadRpc(rpcPort, { clock, maxCalls: 20_000, onError, beforeAnswer: settled })
  const services = await wireServices({ configuration, clock, random: systemRandom, log, openStore, channels, toEdge })
  parentPort?.once('message', () => {
    void services.stop().finally(() => {
      tell({ kind: 'stopped' })
      rpcPort.close()
      parentPort?.close()
    })
  })
  await services.start()
  tell({ kind: 'ready' })
} catch (error) {
  tell({ kind: 'refused', because: reasonOf(error) })
  rpcPort.close()
  parentPort?.close()
}
