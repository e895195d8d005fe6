import type { ServerProcess } from '@suanpan/servers/process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerNames, nameServerNames, nameServersOf, writeFiles, type BrokerCount, type Ports } from './files.ts'
import { buildJava, runJava, startJava, untilSaid, type ServerCommand } from './java.ts'

export { portsFrom, portsOf, usualPorts, type BrokerCount, type Ports } from './files.ts'
export { isBuilt } from './java.ts'

export interface Topic {
  readonly name: string
  readonly type: 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION'
}

export interface Group {
  readonly name: string
  readonly ordered?: boolean
  /** Deliveries after the first, before the broker itself makes a dead letter of a message; 16 by default. */
  readonly retries?: number
}

/** With one broker, `broker` is it and the proxy in one JVM; with two, these are `broker-a` and `broker-b` behind `proxy`. */
export type ServerName = (typeof nameServerNames)[number] | (typeof brokerNames)[number] | 'broker' | 'proxy'

export interface ServersOptions {
  /** Where the servers keep what they store. Absent: in a temporary folder that goes with them. */
  readonly folder?: string
  /** 1 by default. */
  readonly brokers?: BrokerCount
}

/** Two name servers, one broker or two, and a proxy. About 620 MB with one broker, 1.2 GB with two. */
export interface Servers {
  /** For clients of this library. */
  readonly endpoint: string
  /** For classic clients: `host:port;host:port`. */
  readonly nameServers: string
  readonly names: readonly ServerName[]
  /** Of the one that ran last under this name. */
  process(name: ServerName): Pick<ServerProcess, 'pid' | 'logFile' | 'isRunning'>
  /** May be called again, also while one name server is down. */
  create(topics: readonly Topic[], groups: readonly Group[]): Promise<void>
  /** SIGKILL. */
  kill(name: ServerName): Promise<void>
  /** SIGSTOP: it keeps its connections, and answers nobody. */
  freeze(name: ServerName): Promise<void>
  thaw(name: ServerName): Promise<void>
  /** Starts a killed server on what it left on disk, and waits until it serves. */
  restart(name: ServerName): Promise<void>
  /** Kills all of them: what was acknowledged is on disk. Removes what they wrote to a temporary folder. */
  stop(): Promise<void>
}

/** Starts the servers. The first time it needs Maven and a network; from then on 10 to 14 s. They end with this process. */
export async function startServers(ports: Ports, { folder: keptFolder, brokers = 1 }: ServersOptions = {}): Promise<Servers> {
  buildJava()
  const folder = keptFolder ?? mkdtempSync(join(tmpdir(), 'suanpan-rocketmq-'))
  const removed = keptFolder === undefined ? { removedFolder: folder } : {}
  mkdirSync(folder, { recursive: true })
  writeFiles(folder, ports, brokers)
  const nameServers = nameServersOf(ports)
  const commands = commandsOf(nameServers, brokers)
  const running = new Map<ServerName, ServerProcess>()

  function processOf(name: ServerName): ServerProcess {
    const found = running.get(name)
    if (found === undefined) throw new Error(`there is no server ${name}`)
    return found
  }

  async function start(name: ServerName): Promise<void> {
    const command = commands.get(name)
    if (command === undefined) throw new Error(`there is no server ${name}`)
    const server = startJava(folder, command, removed)
    running.set(name, server)
    await untilSaid(server, command)
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.values()].map((server) => server.signal('SIGKILL')))
    if (keptFolder === undefined) rmSync(folder, { recursive: true, force: true })
  }

  try {
    const names = [...commands.keys()]
    await Promise.all(names.filter((name) => name !== 'proxy').map(start))
    // A proxy apart from its brokers makes a topic of its own at them, and ends if they are not there yet or slow to answer.
    if (commands.has('proxy')) await start('proxy').catch(() => start('proxy'))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    endpoint: `127.0.0.1:${ports.proxy}`,
    nameServers,
    names: [...commands.keys()],
    process: processOf,
    create: (topics, groups) => createTopics(folder, nameServers, brokers, topics, groups),
    kill: (name) => processOf(name).signal('SIGKILL'),
    freeze: (name) => processOf(name).signal('SIGSTOP'),
    thaw: (name) => processOf(name).signal('SIGCONT'),
    restart: start,
    stop,
  }
}

const queuesPerTopic = 4
const usualRetries = 16

async function createTopics(folder: string, nameServers: string, masters: number, topics: readonly Topic[], groups: readonly Group[]): Promise<void> {
  const specs = [
    ...topics.map(({ name, type }) => `topic:${name}:${type}:${queuesPerTopic}`),
    ...groups.map(({ name, ordered, retries }) => `group:${name}:${retries ?? usualRetries}:${ordered === true ? 'FIFO' : 'CONCURRENT'}`),
  ]
  await runJava(folder, 'CreateTopics', [nameServers, String(masters), ...specs])
}

/** Creates topics and groups at servers that are there already, on every master of the one cluster that these name servers know: `host:port,host:port`. */
export async function createAt(nameServers: string, topics: readonly Topic[], groups: readonly Group[]): Promise<void> {
  buildJava()
  await createTopics(tmpdir(), nameServers.replaceAll(',', ';'), 1, topics, groups)
}

function commandsOf(nameServers: string, brokers: BrokerCount): Map<ServerName, ServerCommand> {
  const java = 'org.apache.rocketmq'
  const brokerMemory = ['-Xms256m', '-Xmx256m', '-XX:MaxDirectMemorySize=128m']
  const proxy = { main: `${java}.proxy.ProxyStartup`, ready: 'rocketmq-proxy startup successfully' }
  const proxyParameters = ['-n', nameServers, '-pc', 'conf/rmq-proxy.json', '-pm', brokers === 1 ? 'local' : 'cluster']
  const nameServerCommands = nameServerNames.map((name) => ({
    name,
    main: `${java}.namesrv.NamesrvStartup`,
    memory: ['-Xms32m', '-Xmx64m', '-XX:MaxDirectMemorySize=64m'],
    parameters: ['-c', `conf/${name}.conf`],
    ready: 'boot success',
  }))
  const brokerCommands = brokerNames.map((name) => ({
    name,
    main: `${java}.broker.BrokerStartup`,
    memory: brokerMemory,
    parameters: ['-n', nameServers, '-c', `conf/${name}.conf`],
    ready: 'boot success',
  }))
  const together = { name: 'broker' as const, memory: brokerMemory, parameters: [...proxyParameters, '-bc', 'conf/broker-a.conf'], ...proxy }
  const alone = { name: 'proxy' as const, memory: ['-Xms128m', '-Xmx160m', '-XX:MaxDirectMemorySize=128m'], parameters: proxyParameters, ...proxy }
  const all = [...nameServerCommands, ...(brokers === 1 ? [together] : [...brokerCommands, alone])]
  return new Map<ServerName, ServerCommand>(all.map((command) => [command.name, command]))
}
