import { isBuilt as isZooKeeperBuilt, zookeeperPorts } from '@suanpan/dubbo/servers'
import { refuseLiveAccounts } from '@suanpan/hosting'
import { isBuilt as isRocketMqBuilt, portsOf } from '@suanpan/rocketmq/servers'
import { readSettings, StartRefused, type Environment } from '@suanpan/runtime/settings'
import { spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { nearestFolder } from './nearest-folder.ts'
import { brokersOf, usualEnginePorts, type ClusterOptions } from './options.ts'
import { plannedProcesses } from './plan.ts'
import { settledSettings } from './settings.ts'

/** Throws `StartRefused` for settings that the cluster would not heed: whoever gave them believes that they hold. */
export function refuseUnheeded(environment: Environment, port: number): void {
  refuseLiveAccounts(environment)
  const { isSet } = readSettings(environment)
  for (const { name, value, because } of settledSettings) {
    const settled = value?.(port)
    if (!isSet(name) || environment[name] === settled) continue
    throw new StartRefused(
      `${name} is set, and the cluster would not heed it: ${because}. Unset ${name}${settled === undefined ? '' : `, or set it to ${settled}`}.`,
    )
  }
}

const javaAtLeast = 17

/** Throws `StartRefused` where this machine cannot run the cluster: before anything is touched. */
export function refuseUnable(options: ClusterOptions): void {
  refuseWithoutJava(options)
  refuseFullDisk(options.dataDir)
}

function refuseWithoutJava({ existing = {} }: ClusterOptions): void {
  const ownRegistry = existing.zookeeper === undefined
  const ownBroker = existing.proxy === undefined
  if (!ownRegistry && !ownBroker) return
  const { stderr, error } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const middleware = 'ZooKeeper and RocketMQ run on it. Where they run elsewhere, set CLUSTER_ZOOKEEPER and CLUSTER_PROXY instead.'
  if (error !== undefined) throw new StartRefused(`Java was not found on the PATH. Install a JDK ${javaAtLeast} (openjdk-${javaAtLeast}-jdk): ${middleware}`)
  const version = javaVersion(stderr)
  if (version < javaAtLeast) throw new StartRefused(`Java ${version} is too old. Install a JDK ${javaAtLeast} or newer: ${middleware}`)
  const isBuilt = (!ownRegistry || isZooKeeperBuilt()) && (!ownBroker || isRocketMqBuilt())
  if (!isBuilt && spawnSync('mvn', ['-v']).error !== undefined) {
    throw new StartRefused(
      'Maven (mvn) was not found on the PATH. Install it (apt install maven): the first start fetches ZooKeeper and RocketMQ with it, about 170 MB.',
    )
  }
}

/** The number that counts: 8 of `1.8.0_402`, 17 of `17.0.15`. */
export function javaVersion(said: string): number {
  const [, first = '0', second = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(said) ?? []
  return Number(first === '1' ? second : first)
}

const gib = 1024 ** 3
const leastFreeGib = 2
/** The brokers take nothing more on a disk that is fuller than nine tenths. */
const mostUsedShare = 0.89

function refuseFullDisk(folder: string): void {
  const { blocks, bfree, bavail, bsize } = statfsSync(nearestFolder(folder))
  refuseFull(folder, (bavail * bsize) / gib, (blocks - bfree) / blocks)
}

/** Throws `StartRefused` for a folder whose disk has too little left. */
export function refuseFull(folder: string, freeGib: number, usedShare: number): void {
  if (freeGib >= leastFreeGib && usedShare <= mostUsedShare) return
  throw new StartRefused(
    `The disk of ${folder} has ${freeGib.toFixed(1)} GiB free, and is used to ${Math.round(usedShare * 100)} %. ` +
      `The cluster needs ${leastFreeGib} GiB, and RocketMQ takes no messages on a disk that is fuller than 90 %: make room, or name another --data-dir.`,
  )
}

/** Throws `StartRefused` naming the ports that somebody else has. */
export async function refuseTakenPorts(options: ClusterOptions): Promise<void> {
  const wanted = wantedPorts(options)
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)))
  const taken = wanted.filter((_, index) => free[index] !== true)
  if (taken.length === 0) return
  const listed = taken.map(({ port, what }) => `${port} (${what})`).join(', ')
  throw new StartRefused(
    `Taken: ${listed}. Stop what listens there (another cluster?), or use other ports: --port for the shop, --engine-ports for the middleware; ` +
      'servers that run already are used where CLUSTER_… and DATABASE_URL name them.',
  )
}

function wantedPorts(options: ClusterOptions): { readonly port: number; readonly what: string }[] {
  const { existing = {}, enginePorts = usualEnginePorts, enginesOnly = false } = options
  const engines: readonly (readonly [what: string, ports: readonly number[]])[] = [
    ['ZooKeeper', existing.zookeeper === undefined ? zookeeperPorts(enginePorts.zookeeper) : []],
    ['RocketMQ', existing.proxy === undefined ? portsOf(enginePorts.rocketmq, brokersOf(options)) : []],
    ['PostgreSQL', existing.databaseUrl === undefined ? [enginePorts.postgres] : []],
  ]
  const processes = enginesOnly ? [] : plannedProcesses(options).flatMap(({ name, port }) => (port === undefined ? [] : [{ port, what: name }]))
  return [...engines.flatMap(([what, ports]) => ports.map((port) => ({ port, what }))), ...processes]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
