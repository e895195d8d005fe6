import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerFolder } from '../servers/index.ts'
import { startProgram, type Program } from './process.ts'

const small = ['-Xms32m', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.log.org.apache.curator=off']

export interface JavaProgram {
  /** What was built with Maven. */
  readonly folder: string
  readonly main: string
  readonly maxHeapMb: number
  readonly properties?: Readonly<Record<string, string>>
  readonly parameters?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** A Java program with small memory. */
export function startJava({ folder, main, maxHeapMb, properties = {}, parameters = [], environment = {} }: JavaProgram): Program {
  const settings = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  return startProgram(
    'java',
    [...small, `-Xmx${maxHeapMb}m`, ...settings, '-cp', `${folder}target/classes:${folder}target/lib/*`, main, ...parameters],
    environment,
  )
}

/** The peer of java/src/main/java/example/Peer.java, which says what its settings are. */
export async function startPeer(settings: Readonly<Record<string, string>>): Promise<Program> {
  // Dubbo keeps caches in the home folder: a test must not read an earlier one's.
  const home = await mkdtemp(join(tmpdir(), 'dubbo-peer-'))
  const properties = { 'dubbo.application.logger': 'slf4j', 'user.home': home, ...settings }
  const peer = startJava({ folder: peerFolder, main: 'example.Peer', maxHeapMb: 256, properties })
  void peer.ended.then(() => rmSync(home, { recursive: true, force: true }))
  return peer
}
