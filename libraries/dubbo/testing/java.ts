import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgram, type Program } from './process.ts'

const folder = fileURLToPath(new URL('../java/', import.meta.url))
const small = ['-Xms32m', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.log.org.apache.curator=off']
export const classPath = `${folder}target/classes:${folder}target/lib/*`

/** Compiles the Java peer and brings its jars, ZooKeeper's among them; 14 s and 69 MB the first time. Needs JDK 17 and Maven. */
export function buildJava(): void {
  if (existsSync(`${folder}target/classes/example/Peer.class`) && existsSync(`${folder}target/lib`)) return
  const goals = ['compile', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=target/lib']
  const { status, error } = spawnSync('mvn', ['-B', '-q', ...goals], { cwd: folder, stdio: ['ignore', 2, 2] })
  if (error !== undefined) throw new Error('Maven (mvn) was not found; the cluster tests need it and a JDK 17', { cause: error })
  if (status !== 0) throw new Error('the Java peer could not be built; Maven says above why')
}

/** A Java program of the class path above, with small memory. */
export function startJava(main: string, maxHeapMb: number, properties: Readonly<Record<string, string>>, parameters: readonly string[] = []): Program {
  const settings = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  return startProgram('java', [...small, `-Xmx${maxHeapMb}m`, ...settings, '-cp', classPath, main, ...parameters])
}

/** The peer of java/src/main/java/example/Peer.java, which says what its settings are. */
export async function startPeer(settings: Readonly<Record<string, string>>): Promise<Program> {
  // Dubbo keeps caches in the home folder: a test must not read an earlier one's.
  const home = await mkdtemp(join(tmpdir(), 'dubbo-peer-'))
  return startJava('example.Peer', 256, { 'dubbo.application.logger': 'slf4j', 'user.home': home, ...settings })
}
