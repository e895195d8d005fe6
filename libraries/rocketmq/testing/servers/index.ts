import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nameServerNames, nameServersOf, writeFiles, type Ports } from './files.ts'
import { buildJava, runJava, startServer, type Server, type ServerCommand } from './java.ts'

export { portsFrom, usualPorts } from './files.ts'

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

export type ServerName = (typeof nameServerNames)[number] | 'broker'

/** Two name servers and one broker with its proxy, on loopback, with an empty store. About 620 MB. */
export interface Servers {
  /** For clients of this library. */
  readonly endpoint: string
  /** For classic clients: `host:port;host:port`. */
  readonly nameServers: string
  /** May be called again, also while one name server is down. */
  create(topics: readonly Topic[], groups: readonly Group[]): Promise<void>
  /** SIGKILL. */
  kill(name: ServerName): Promise<void>
  /** Starts a killed server on what it left on disk, and waits until it serves. */
  restart(name: ServerName): Promise<void>
  /** Kills all of them and removes what they wrote. */
  stop(): Promise<void>
}

const queuesPerTopic = 4
const usualRetries = 16

/** The first time it needs Maven and a network; from then on 10 to 14 s. */
export async function startServers(ports: Ports): Promise<Servers> {
  buildJava()
  const folder = mkdtempSync(join(tmpdir(), 'suanpan-rocketmq-'))
  writeFiles(folder, ports)
  const nameServers = nameServersOf(ports)
  const commands = new Map(commandsOf(nameServers).map((command) => [command.name, command]))
  const running = new Map<string, Server>()

  function start(name: string): Server {
    const command = commands.get(name)
    if (command === undefined) throw new Error(`there is no server ${name}`)
    const server = startServer(folder, command)
    running.set(name, server)
    return server
  }

  async function stop(): Promise<void> {
    await Promise.all([...running.values()].map((server) => server.kill()))
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await Promise.all([...commands.keys()].map((name) => start(name).untilReady()))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    endpoint: `127.0.0.1:${ports.proxy}`,
    nameServers,
    create: async (topics, groups) => {
      const specs = [
        ...topics.map(({ name, type }) => `topic:${name}:${type}:${queuesPerTopic}`),
        ...groups.map(({ name, ordered, retries }) => `group:${name}:${retries ?? usualRetries}:${ordered === true ? 'FIFO' : 'CONCURRENT'}`),
      ]
      await runJava(folder, 'CreateTopics', [nameServers, '1', ...specs])
    },
    kill: async (name) => {
      await running.get(name)?.kill()
      running.delete(name)
    },
    restart: (name) => start(name).untilReady(),
    stop,
  }
}

function commandsOf(nameServers: string): readonly ServerCommand[] {
  const brokerParameters = ['-n', nameServers, '-pc', 'conf/rmq-proxy.json', '-bc', 'conf/broker.conf', '-pm', 'local']
  return [
    ...nameServerNames.map((name): ServerCommand => ({
      name,
      main: 'org.apache.rocketmq.namesrv.NamesrvStartup',
      memory: ['-Xms32m', '-Xmx64m', '-XX:MaxDirectMemorySize=64m', '-XX:TieredStopAtLevel=1'],
      parameters: ['-c', `conf/${name}.conf`],
      ready: 'boot success',
    })),
    {
      name: 'broker',
      main: 'org.apache.rocketmq.proxy.ProxyStartup',
      memory: ['-Xms256m', '-Xmx256m', '-XX:MaxDirectMemorySize=128m'],
      parameters: brokerParameters,
      ready: 'rocketmq-proxy startup successfully',
    },
  ]
}
