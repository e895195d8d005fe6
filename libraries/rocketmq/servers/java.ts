import { buildWithMaven } from '@suanpan/servers/maven'
import { startServerProcess, untilReady, type ServerProcess } from '@suanpan/servers/process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../java/', import.meta.url))
/** Our classes come first, in place of the servers' own of the same names: see java/src. */
const classPath = `${project}target/classes:${project}target/lib/*`

/** What RocketMQ reaches into on a JDK 17, and a small collector; nothing is read from the home it wants to have. */
const opened = ['java.lang', 'java.nio', 'java.util', 'jdk.internal.ref', 'sun.nio.ch'].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`)

/**
 * Under load the second compiler takes as much processor as all the rest of the broker in its first minute, and saves two
 * fifths of that from then on. These servers are started to be tried and tested, and hardly ever come that far.
 */
const oneCompiler = '-XX:TieredStopAtLevel=1'
const common = [...opened, oneCompiler, '-XX:+UseSerialGC', '-XX:-UsePerfData', '-Drmq.logback.configurationFile=conf/logback.xml', '-Drocketmq.home.dir=.']

/** Whether the servers' jars are there, so that neither Maven nor a network is needed. */
export const isBuilt = (): boolean => existsSync(`${project}target/classes/WithoutReplicas.class`) && existsSync(`${project}target/lib`)

/** Compiles our classes and brings the servers' jars: 150 of them, 102 MB, about half a minute the first time. */
export function buildJava(): void {
  if (!isBuilt()) buildWithMaven(project)
}

/** Runs a short program of the servers' class path to its end and answers what it said. */
export async function runJava(folder: string, main: string, parameters: readonly string[]): Promise<string> {
  const settings = ['-Xmx96m', '-Drmq.log.level=ERROR', ...common]
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
  /** Heap and direct memory. */
  readonly memory: readonly string[]
  readonly parameters: readonly string[]
  /** What it prints once it serves. */
  readonly ready: string
}

/** A cold JVM takes 4 to 16 s; on two cores that forty others wanted, too, it once took more than 90. */
const readyWithinMs = 180_000

export function startJava(folder: string, { name, main, memory, parameters }: ServerCommand, removed: { readonly removedFolder?: string }): ServerProcess {
  const home = join(folder, 'var', name)
  return startServerProcess({
    command: 'java',
    parameters: [...memory, ...common, `-Duser.home=${home}`, '-cp', classPath, main, ...parameters],
    cwd: folder,
    logFile: join(home, 'out.log'),
    lastSignal: 'KILL',
    ...removed,
  })
}

/** Resolves once the server says that it serves. */
export function untilSaid(server: ServerProcess, { name, ready }: ServerCommand): Promise<void> {
  return untilReady(server, { name, withinMs: readyWithinMs, isReady: () => readFileSync(server.logFile, 'utf8').includes(ready) })
}
