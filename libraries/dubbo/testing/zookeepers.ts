import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildJava, peerFolder, startJava } from './java.ts'
import type { Program } from './process.ts'

/** Three real ZooKeeper servers that elect a leader. */
export interface ZooKeepers {
  /** `host:port` of each. */
  readonly servers: readonly string[]
  /** As Java wants it. */
  readonly javaUrl: string
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

/** Starts three servers on nine ports from `basePort` on, in a folder of their own. */
export async function startZooKeepers(basePort: number): Promise<ZooKeepers> {
  buildJava(peerFolder)
  const folder = await mkdtemp(join(tmpdir(), 'zookeepers-'))
  const ports = indexes.map((index) => basePort + index)
  const members = indexes.map((index) => `server.${index + 1}=127.0.0.1:${basePort + 10 + index}:${basePort + 20 + index}`)
  const programs: Program[] = []

  async function start(index: number): Promise<void> {
    const own = join(folder, String(index + 1))
    await mkdir(join(own, 'data'), { recursive: true })
    await writeFile(join(own, 'data', 'myid'), String(index + 1))
    const settings = [
      'tickTime=1000',
      'initLimit=10',
      'syncLimit=5',
      `dataDir=${join(own, 'data')}`,
      `clientPort=${ports[index] ?? 0}`,
      'clientPortAddress=127.0.0.1',
    ]
    const admin = ['admin.enableServer=false', '4lw.commands.whitelist=srvr', 'maxClientCnxns=200']
    await writeFile(join(own, 'zoo.cfg'), [...settings, ...admin, ...members, ''].join('\n'))
    programs[index] = startJava({
      folder: peerFolder,
      main: 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      maxHeapMb: 128,
      parameters: [join(own, 'zoo.cfg')],
    })
  }

  const modeOf = async (index: number): Promise<string> => /Mode: (\w+)/.exec(await askServer(ports[index] ?? 0))?.[1] ?? ''

  async function untilReady(index: number): Promise<void> {
    const until = Date.now() + readyWithinMs
    while (!['leader', 'follower'].includes(await modeOf(index))) {
      if (Date.now() > until)
        throw new Error(`ZooKeeper server ${index + 1} on port ${ports[index] ?? 0} did not become ready:\n${programs[index]?.lines.join('\n') ?? ''}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  for (const index of indexes) await start(index)
  await Promise.all(indexes.map(untilReady))
  const servers = ports.map((port) => `127.0.0.1:${port}`)

  return {
    servers,
    javaUrl: `zookeeper://${servers[0] ?? ''}?backup=${servers.slice(1).join(',')}`,
    kill: async (index) => programs[index]?.signal('SIGKILL'),
    restart: async (index) => {
      await start(index)
      await untilReady(index)
    },
    freeze: async (index) => programs[index]?.signal('SIGSTOP'),
    thaw: async (index) => programs[index]?.signal('SIGCONT'),
    leader: async () => (await Promise.all(indexes.map(modeOf))).indexOf('leader'),
    stop: async () => {
      await Promise.all(programs.map((program) => program.signal('SIGKILL')))
      await rm(folder, { recursive: true })
    },
  }
}

/** One of ZooKeeper's four-letter questions; nothing if it does not answer. */
function askServer(port: number): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.end('srvr'))
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('data', (chunk) => {
      said += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(said))
  })
}
