import type { NodeNews } from '@suanpan/node'
import { StartRefused } from '@suanpan/runtime/settings'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { takeDataFolder } from './data-folder.ts'
import { startEngines, type Engines } from './engines.ts'
import type { ClusterOptions, ProcessEnvironment } from './options.ts'
import { plannedProcesses, type PlannedProcess } from './plan.ts'
import { startProcess, type ClusterProcess } from './processes.ts'
import { refuseTakenPorts, refuseUnable } from './refusals.ts'
import { writeTargets } from './targets.ts'

/** A cluster that runs. */
export interface Cluster {
  readonly urls: { readonly orderSystem: string; readonly paymentSystem: string; readonly sandbox: string }
  readonly engines: Engines
  readonly processes: readonly ClusterProcess[]
  /** The processes of a service, a system or the sandbox. */
  processesOf(role: string): readonly ClusterProcess[]
  /** Whether this start filled an empty shop with demo data. */
  readonly seeded: boolean
  /** A bearer token of the first demo user. */
  readonly demoToken: string
  /** With what a process is started by hand beside these: `CLUSTER_…`, `DATA_DIR`, and the `DATABASE_URL` of a service. */
  environmentFor(role: string): ProcessEnvironment
  /** Ends everything within ten seconds; what is stored stays. */
  stop(): Promise<void>
}

/**
 * Starts the middleware, and every service on it as a process of its own. All of it ends with this process, however that
 * ends. Throws `StartRefused` with a message for whoever tried.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  refuseUnable(options)
  const folder = takeDataFolder(options)
  try {
    await refuseTakenPorts(options)
    const cluster = await startOn(options)
    const stop = async (): Promise<void> => {
      await cluster.stop()
      folder.release()
    }
    return { ...cluster, stop }
  } catch (error) {
    folder.release()
    throw error
  }
}

async function startOn(options: ClusterOptions): Promise<Cluster> {
  const { signal } = options
  const givenUp = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(new StartRefused('The start was given up.'))))
  givenUp.catch(() => {})
  // Servers that are still starting end with this process, whose data they have not touched yet.
  const engines = await Promise.race([startEngines(options), givenUp])
  const processes: ClusterProcess[] = []
  const stop = async (): Promise<void> => {
    await stopProcesses(processes)
    // Nobody is to look for other programs on their ports.
    if (processes.length > 0) writeTargets(options.dataDir, processes)
    await engines.stop()
  }
  try {
    await Promise.race([startProcesses(options, engines, processes), givenUp])
    const orders = await nodeNews(processes, 'order-system')
    await withoutFaults(processes)
    const at = (role: string): string => `http://127.0.0.1:${processes.find((each) => each.role === role)?.port ?? 0}`
    return {
      urls: { orderSystem: at('order-system'), paymentSystem: at('payment-system'), sandbox: at('sandbox') },
      engines,
      processes,
      processesOf: (role) => processes.filter((each) => each.role === role),
      seeded: orders?.seeded ?? false,
      demoToken: orders?.demoToken ?? '',
      environmentFor: (role) => environmentOf(options, engines, { name: role, role, port: undefined }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Each takes a second or two of a processor to start: more at once only wait for each other, and for what gives them up. */
const startedAtOnce = 2 * availableParallelism()

async function startProcesses(options: ClusterOptions, engines: Engines, processes: ClusterProcess[]): Promise<void> {
  const { program, dataDir, enginesOnly = false, environmentOf: lastWord = (_, given) => given, onProgress = () => {}, onNews = () => {} } = options
  if (enginesOnly) return
  const planned = plannedProcesses(options)
  const waiting = [...planned]

  async function startNext(): Promise<void> {
    const next = waiting.shift()
    if (next === undefined) return
    const environment = lastWord(next.name, environmentOf(options, engines, next))
    const words = next.role === 'sandbox' ? ['sandbox'] : ['node', '--run', next.role]
    const logFile = join(dataDir, 'logs', `${next.name}.log`)
    const started = startProcess({ ...next, program, words, environment, logFile, onNews, onReady: () => writeTargets(dataDir, processes) })
    processes.push(started)
    try {
      await started.untilReady()
    } catch (error) {
      waiting.splice(0)
      throw error
    }
    onProgress(`${processes.filter(({ isReady }) => isReady).length} of ${planned.length} processes are ready; last: ${next.name}`)
  }

  const startAll = async (): Promise<void> => {
    while (waiting.length > 0) await startNext()
  }
  // The sandbox comes first: it makes the keys that the others read. The systems, which wait for all services, come last.
  onProgress('starting the sandbox …')
  await startNext()
  await Promise.all(Array.from({ length: startedAtOnce }, startAll))
}

function environmentOf(
  { dataDir, port, environment = {} }: ClusterOptions,
  engines: Engines,
  { name, role, port: ownPort }: PlannedProcess,
): ProcessEnvironment {
  const ports: Readonly<Record<string, ProcessEnvironment>> = {
    sandbox: { SANDBOX_PORT: String(port + 1) },
    'order-system': { PORT: String(ownPort ?? port) },
    'payment-system': { PAYMENT_PORT: String(ownPort ?? port + 2) },
  }
  return {
    PORT: String(port),
    PAYMENT_PORT: String(port + 2),
    SANDBOX_PORT: String(port + 1),
    HOST: '127.0.0.1',
    DEMO: '1',
    DATA_DIR: dataDir,
    DATABASE_URL: engines.databaseUrl(role),
    CLUSTER_NAME: name,
    CLUSTER_ZOOKEEPER: engines.zookeeper,
    CLUSTER_PROXY: engines.proxy,
    ...environment,
    ...ports[role],
  }
}

async function nodeNews(processes: readonly ClusterProcess[], role: string): Promise<NodeNews | undefined> {
  const news = await processes.find((each) => each.role === role)?.untilReady()
  return news?.kind === 'node is ready' ? news : undefined
}

/** Demo faults of an earlier run are kept with the orders; whoever starts anew does not expect them. */
async function withoutFaults(processes: readonly ClusterProcess[]): Promise<void> {
  const orders = processes.find(({ role }) => role === 'order-system')
  if (orders === undefined) return
  const url = `http://127.0.0.1:${orders.port ?? 0}`
  const json = { 'content-type': 'application/json' }
  const signedIn = await fetch(`${url}/api/demo/sign-in`, { method: 'POST', headers: json, body: '{"role":"admin"}' })
  const { token } = (await signedIn.json()) as { token: string }
  await fetch(`${url}/admin/faults`, { method: 'PUT', headers: { ...json, authorization: `Bearer ${token}` }, body: '{}' })
}

/** Together well below ten seconds, on a busy machine, too. */
const systemsWithinMs = 2_500
const servicesWithinMs = 4_500

/** Those that are asked from outside go first, so that the others can finish what these have begun. */
async function stopProcesses(processes: readonly ClusterProcess[]): Promise<void> {
  const isOutside = ({ port }: ClusterProcess): boolean => port !== undefined
  const outside = Promise.all(processes.filter(isOutside).map((each) => each.stop(systemsWithinMs)))
  // They accept nothing more by now; what they have accepted goes on beside the others' end.
  await Promise.race([outside, sleep(1_000)])
  await Promise.all([outside, ...processes.filter((each) => !isOutside(each)).map((each) => each.stop(servicesWithinMs))])
}
