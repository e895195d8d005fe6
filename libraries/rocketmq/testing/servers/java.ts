import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../../java/', import.meta.url))
/** Our class comes first, in place of the broker's own of the same name: see java/src. */
const classPath = `${project}target/classes:${project}target/lib/*`

/** What RocketMQ reaches into on a JDK 17, and a small collector; nothing is read from the home it wants to have. */
const opened = ['java.lang', 'java.nio', 'java.util', 'jdk.internal.ref', 'sun.nio.ch'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)
const common = [...opened, '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Drmq.logback.configurationFile=conf/logback.xml', '-Drocketmq.home.dir=.']

/** Compiles our two classes and brings the servers' jars: 150 of them, 102 MB, about half a minute the first time. */
export function buildJava(): void {
  if (existsSync(`${project}target/classes/CreateTopics.class`) && existsSync(`${project}target/lib`)) return
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target/lib']
  const { status, error } = spawnSync('mvn', ['-B', '-q', ...goals], { cwd: project, stdio: ['ignore', 2, 2] })
  if (error !== undefined) throw new Error('Maven (mvn) was not found: the RocketMQ servers need it and a JDK 17', { cause: error })
  if (status !== 0) throw new Error('the RocketMQ servers could not be built; Maven says above why')
}

/** Runs a short program of the servers' class path to its end and answers what it said. */
export async function runJava(folder: string, main: string, parameters: readonly string[]): Promise<string> {
  const settings = ['-Xmx96m', '-XX:TieredStopAtLevel=1', '-Drmq.log.level=ERROR', ...common]
  const child = spawn('java', [...settings, '-cp', classPath, main, ...parameters], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${main} ended with ${code}:\n${said}`)
  return said
}

export interface ServerCommand {
  readonly name: string
  readonly main: string
  /** Heap, direct memory, compilers. */
  readonly memory: readonly string[]
  readonly parameters: readonly string[]
  /** What it prints once it serves. */
  readonly ready: string
}

export interface Server {
  readonly pid: number
  /** Resolves once the server says that it serves; rejects with the end of its log if it ends before, or is late. */
  untilReady(): Promise<void>
  kill(): Promise<void>
}

/** A cold JVM on a busy machine once took 16 s. */
const readyWithinMs = 90_000

/**
 * When this process is gone, however it went, the watcher takes the server down, and with it what it wrote: the other
 * servers end a little later, and may still write there. A line tells the watcher that it is not needed any more.
 */
const remove = 'for try in 1 2 3 4 5; do rm -rf "$FOLDER" && break; sleep 0.5; done'
const watched = `(read -r line || { kill -KILL $$; ${remove}; }) <&3 2>/dev/null & exec "$0" "$@" 3<&-`

export function startServer(folder: string, command: ServerCommand): Server {
  const home = join(folder, 'var', command.name)
  const logFile = join(home, 'out.log')
  const log = openSync(logFile, 'w')
  const java = ['java', ...command.memory, ...common, `-Duser.home=${home}`, '-cp', classPath, command.main, ...command.parameters]
  const child = spawn('sh', ['-c', watched, ...java], { cwd: folder, env: { ...process.env, FOLDER: folder }, stdio: ['ignore', log, log, 'pipe'] })
  closeSync(log)
  const pipe = child.stdio[3] as Socket
  pipe.unref()
  // The watcher may be gone by the time that it is told.
  pipe.on('error', () => {})
  const ended = once(child, 'exit').then(() => void pipe.end('ended\n'))
  return {
    pid: child.pid ?? 0,
    untilReady: () => untilSaid(child, logFile, command),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function untilSaid(child: ChildProcess, logFile: string, { name, ready }: ServerCommand): Promise<void> {
  for (const until = Date.now() + readyWithinMs; ;) {
    const log = readFileSync(logFile, 'utf8')
    if (log.includes(ready)) return
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > until)
      throw new Error(`${name} did not come up. Its log ends:\n${log.slice(-4_000)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
