import { buildWithMaven } from '@suanpan/servers/maven'
import { startServerProcess, untilReady, type ServerProcess } from '@suanpan/servers/process'
import { systemClock } from '@suanpan/runtime/time'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where ZooKeeper's jars are, and the Java peer of the tests. */
export const peerFolder = fileURLToPath(new URL('../java/', import.meta.url))

/** Whether ZooKeeper's jars are there, so that neither Maven nor a network is needed. */
export const isBuilt = (): boolean => existsSync(`${peerFolder}target/lib`) && existsSync(`${peerFolder}target/classes/example/Peer.class`)

export interface ZooKeepersOptions {
  /** Where the servers keep what they store. Absent: in a temporary folder that goes with them. */
  readonly folder?: string
}

/** Three real ZooKeeper servers that elect a leader. About 80 MB each. */
export interface ZooKeepers {
  /** `host:port` of each. */
  readonly servers: readonly string[]
  /** As Java wants it. */
  readonly javaUrl: string
  /** Of the one that ran last under this index. */
  process(index: number): Pick<ServerProcess, 'pid' | 'logFile' | 'isRunning'>
  kill(index: number): Promise<void>
  restart(index: number): Promise<void>
  freeze(index: number): Promise<void>
  thaw(index: number): Promise<void>
  /** Which one a session is connected to is seen by its connections: which has any from this process cannot be asked. The leader is. */
  leader(): Promise<number>
  stop(): Promise<void>
}

const indexes = [0, 1, 2] as const
const readyWithinMs = 60_000
const answerWithinMs = 1_000
const clock = systemClock()

/** Ports of the servers: for clients, among themselves, and for elections. */
export const zookeeperPorts = (basePort: number): number[] => [0, 10, 20].flatMap((group) => indexes.map((index) => basePort + group + index))

/** Starts three servers on nine ports from `basePort` on. The first time it needs Maven and a network. They end with this process. */
export async function startZooKeepers(basePort: number, { folder: keptFolder }: ZooKeepersOptions = {}): Promise<ZooKeepers> {
  if (!isBuilt()) buildWithMaven(peerFolder)
  const folder = keptFolder ?? (await mkdtemp(join(tmpdir(), 'zookeepers-')))
  const removed = keptFolder === undefined ? { removedFolder: folder } : {}
  const ports = indexes.map((index) => basePort + index)
  const members = indexes.map((index) => `server.${index + 1}=127.0.0.1:${basePort + 10 + index}:${basePort + 20 + index}`)
  const running: ServerProcess[] = []

  async function start(index: number): Promise<void> {
    const own = join(folder, String(index + 1))
    const configuration = await writeConfiguration(own, index + 1, ports[index] ?? 0, members)
    const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
    // What the second compiler would save, servers that are started for tests do not live to see.
    const settings = ['-Xms32m', '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const classPath = `${peerFolder}target/lib/*`
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
    const server = startServerProcess({
      command: 'java',
      parameters: [...settings, ...quiet, '-cp', classPath, main, configuration],
      cwd: own,
      logFile: join(own, 'out.log'),
      lastSignal: 'KILL',
      ...removed,
    })
    running[index] = server
  }

  const processOf = (index: number): ServerProcess => {
    const found = running[index]
    if (found === undefined) throw new Error(`there is no ZooKeeper server ${index}`)
    return found
  }

  const modeOf = async (index: number): Promise<string> => /Mode: (\w+)/.exec(await askServer(ports[index] ?? 0))?.[1] ?? ''

  const ready = (index: number): Promise<void> =>
    untilReady(processOf(index), {
      name: `ZooKeeper server ${index + 1} on port ${ports[index] ?? 0}`,
      withinMs: readyWithinMs,
      isReady: async () => ['leader', 'follower'].includes(await modeOf(index)),
    })

  async function stop(): Promise<void> {
    await Promise.all(running.map((server) => server.signal('SIGKILL')))
    if (keptFolder === undefined) await rm(folder, { recursive: true, force: true })
  }

  try {
    for (const index of indexes) await start(index)
    await Promise.all(indexes.map(ready))
  } catch (error) {
    await stop()
    throw error
  }
  const servers = ports.map((port) => `127.0.0.1:${port}`)

  return {
    servers,
    javaUrl: `zookeeper://${servers[0] ?? ''}?backup=${servers.slice(1).join(',')}`,
    process: processOf,
    kill: (index) => processOf(index).signal('SIGKILL'),
    restart: async (index) => {
      await start(index)
      await ready(index)
    },
    freeze: (index) => processOf(index).signal('SIGSTOP'),
    thaw: (index) => processOf(index).signal('SIGCONT'),
    leader: async () => (await Promise.all(indexes.map(modeOf))).indexOf('leader'),
    stop,
  }
}

/** Answers the file that a server is started with. */
async function writeConfiguration(folder: string, id: number, port: number, members: readonly string[]): Promise<string> {
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  await writeFile(join(data, 'myid'), String(id))
  const settings = ['tickTime=1000', 'initLimit=10', 'syncLimit=5', `dataDir=${data}`, `clientPort=${port}`, 'clientPortAddress=127.0.0.1']
  // Snapshots and logs are kept for ever otherwise.
  const cleaning = ['autopurge.snapRetainCount=3', 'autopurge.purgeInterval=1']
  const admin = ['admin.enableServer=false', '4lw.commands.whitelist=srvr', 'maxClientCnxns=200']
  const file = join(folder, 'zoo.cfg')
  await writeFile(file, [...settings, ...cleaning, ...admin, ...members, ''].join('\n'))
  return file
}

/** One of ZooKeeper's four-letter questions; nothing if it does not answer. */
function askServer(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.end('srvr'))
    const giveUp = clock.after(answerWithinMs, () => socket.destroy())
    socket.on('data', (chunk) => {
      said += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      giveUp()
      resolve(said)
    })
  })
}
