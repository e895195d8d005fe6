import { reasonOf } from '@suanpan/runtime/reason'
import { createClient, CreateMode, Exception, State, type Client, type Stat } from 'node-zookeeper-client'
import type { Socket } from 'node:net'
import { createWatchers } from './watchers.ts'
import { ZooKeeperError, type HandleListener, type NodeFacts, type ZooKeeperHandle } from './port.ts'

/** The part of the client that its types do not show; its version is pinned. */
interface ClientInternals {
  readonly connectionManager: {
    socket?: Socket
    /** While a connection is being made. */
    connectTimeoutHandler: NodeJS.Timeout | null
    pendingBuffer: Buffer | null
    on(event: 'state', listener: (state: number) => void): void
  }
}

/** Of the connection, which tells it more often than the client does: also of one that broke in its handshake. */
const connectionLost = 0

type Callback<Result> = (error: Error | Exception | null, result: Result) => void

export interface HandleOptions {
  /** `host:port` each. The client tries them in an order of its own: many that start at once do not all begin at the first. */
  readonly servers: readonly string[]
  /** Asked for; the servers grant between 2 and 20 of their ticks. */
  readonly sessionTimeoutMs: number
}

/** A session over node-zookeeper-client. It has no read timeout of its own: see watchdog.ts. */
export function openHandle({ servers, sessionTimeoutMs }: HandleOptions, listener: HandleListener): ZooKeeperHandle {
  const client = createClient(servers.join(','), { sessionTimeout: sessionTimeoutMs, retries: 0, spinDelay: 500 })
  const { connectionManager } = client as unknown as ClientInternals
  const watchers = createWatchers()
  const waiting = new Set<(error: ZooKeeperError) => void>()
  let isOver = false

  connectionManager.on('state', (state) => {
    // Half a message of the old connection would be read as the beginning of the next one's first.
    if (state === connectionLost) connectionManager.pendingBuffer = null
  })
  client.on('state', (state) => {
    if (isOver) return
    if (state === State.SYNC_CONNECTED) listener.connected()
    else if (state === State.DISCONNECTED) listener.disconnected()
    else if (state === State.EXPIRED || state === State.AUTH_FAILED) {
      end()
      listener.ended()
    }
  })
  client.connect()

  /** The client forgets the calls that were queued when a session ended: they are told here. */
  function end(): void {
    isOver = true
    for (const reject of waiting) reject(new ZooKeeperError('session', 'the ZooKeeper session ended'))
    waiting.clear()
  }

  function ask<Result>(path: string, start: (callback: Callback<Result>) => void): Promise<Answer<Result>> {
    if (isOver) return Promise.reject(new ZooKeeperError('session', 'the ZooKeeper session has ended'))
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer<Result> | ZooKeeperError): void => {
        waiting.delete(reject)
        if (answer instanceof ZooKeeperError) reject(answer)
        else resolve(answer)
      }
      waiting.add(reject)
      try {
        start((error, result) => settle(answerOf(path, error, result)))
      } catch (error) {
        // What can be no path is refused by the client itself.
        settle(new ZooKeeperError('refused', `${path}: ${reasonOf(error)}`))
      }
    })
  }

  return {
    create: async (path, data, mode) => {
      const { code } = await ask<string>(path, (done) => client.create(path, data, mode === 'ephemeral' ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT, done))
      if (code === Exception.NO_NODE) return 'no_parent'
      return code === Exception.NODE_EXISTS ? 'exists' : 'created'
    },
    remove: async (path) => {
      const { code } = await ask<unknown>(path, (done) => client.remove(path, (error) => done(error, undefined)))
      if (code === Exception.NO_NODE) return 'missing'
      return code === Exception.NOT_EMPTY ? 'not_empty' : 'removed'
    },
    exists: async (path, onChange) => {
      const { result } = await ask<Stat>(path, (done) =>
        onChange === undefined ? client.exists(path, done) : client.exists(path, watchers.watch(path, onChange), done),
      )
      return factsOf(result)
    },
    children: async (path, onChange) => {
      const { result } = await ask<string[]>(path, (done) =>
        onChange === undefined ? client.getChildren(path, done) : client.getChildren(path, watchers.watch(path, onChange), done),
      )
      return result
    },
    read: (path, onChange) => readNode(client, ask, path, onChange === undefined ? undefined : watchers.watch(path, onChange)),
    unwatch: watchers.unwatch,
    write: async (path, data, version) => {
      const { code } = await ask<Stat>(path, (done) => client.setData(path, data, version, done))
      if (code === Exception.NO_NODE) return 'missing'
      return code === Exception.BAD_VERSION ? 'changed_since' : 'written'
    },
    sessionId: () => client.getSessionId().toString('hex'),
    sessionTimeoutMs: () => client.getSessionTimeout(),
    kick: () => {
      // The client would destroy the next connection in its place: it forgets this only at a success or an error.
      clearTimeout(connectionManager.connectTimeoutHandler ?? undefined)
      connectionManager.socket?.destroy()
    },
    close: () => {
      const isConnected = client.getState() === State.SYNC_CONNECTED
      end()
      client.close()
      // The servers close the connection when they have ended the session; one that is frozen must not keep this process.
      if (isConnected) connectionManager.socket?.unref()
      else connectionManager.socket?.destroy()
    },
  }
}

interface Answer<Result> {
  readonly code: number
  readonly result: Result | undefined
}

type Ask = <Result>(path: string, start: (callback: Callback<Result>) => void) => Promise<Answer<Result>>

async function readNode(client: Client, ask: Ask, path: string, watcher: (() => void) | undefined): ReturnType<ZooKeeperHandle['read']> {
  const { result } = await ask<{ data: Buffer | undefined; stat: Stat }>(path, (done) => {
    const settle = (error: Error | Exception | null, data: Buffer, stat: Stat) => done(error, { data, stat })
    if (watcher === undefined) client.getData(path, settle)
    else client.getData(path, watcher, settle)
  })
  const facts = factsOf(result?.stat)
  return facts === undefined ? undefined : { data: result?.data ?? Buffer.alloc(0), facts }
}

/** What the caller has to decide on, as against what ends a call. */
const expected: readonly number[] = [Exception.NO_NODE, Exception.NODE_EXISTS, Exception.BAD_VERSION, Exception.NOT_EMPTY]

function answerOf<Result>(path: string, error: Error | Exception | null, result: Result): Answer<Result> | ZooKeeperError {
  if (error === null) return { code: Exception.OK, result }
  if (!(error instanceof Exception)) return new ZooKeeperError('refused', `${path}: ${error.message}`)
  const code = error.getCode()
  if (expected.includes(code)) return { code, result: undefined }
  if (code === Exception.CONNECTION_LOSS) return new ZooKeeperError('connection', 'the connection to ZooKeeper broke')
  if (code === Exception.SESSION_EXPIRED) return new ZooKeeperError('session', 'the ZooKeeper session ended')
  return new ZooKeeperError('refused', `${path}: ${error.getName()}`)
}

function factsOf(stat: Stat | undefined): NodeFacts | undefined {
  return stat === undefined || stat === null ? undefined : { version: stat.version, owner: stat.ephemeralOwner.toString('hex') }
}
