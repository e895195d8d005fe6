import { reasonOf } from '@suanpan/runtime/reason'
import type { Clock } from '@suanpan/runtime/time'
import { openHandle, type HandleOptions } from './handle.ts'
import { ZooKeeperError, type HandleListener, type ZooKeeperHandle } from './port.ts'
import { createTask, type Task } from './task.ts'
import { createWatchdog } from './watchdog.ts'

/** What operators may want to know. */
export type ZooKeeperEvent =
  | { readonly kind: 'connected' | 'disconnected'; readonly sessionId: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'kicked'; readonly because: 'silent' | 'handshake' }
  | { readonly kind: 'stale_node_removed'; readonly path: string }
  /** The servers will not have it; it is tried again, and told once until they have. */
  | { readonly kind: 'refused'; readonly message: string }
  /** An entry of the registry that nobody may read: the others are made use of without it. Told once until it can be read. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly message: string }
  /** What was read could not be made use of: it is looked at again at its next change, and at each round. */
  | { readonly kind: 'failed'; readonly message: string }

export interface ZooKeeperOptions {
  /** `host:port` each. They are tried in random order. */
  readonly servers: readonly string[]
  readonly clock: Clock
  /** 12 s by default: the watchdog needs a quarter of it to notice a frozen server, and as much again for a second one. */
  readonly sessionTimeoutMs?: number
  readonly onEvent?: (event: ZooKeeperEvent) => void
  /** How a session is opened; for tests. */
  readonly open?: (options: HandleOptions, listener: HandleListener) => ZooKeeperHandle
}

/** Something that is kept as wanted, over broken connections and expired sessions, until released. */
export interface Held {
  /** Whether it was brought to its wanted state at least once. */
  readonly established: Promise<void>
  /** Gives it up. Resolves when that is done, which may take as long as the servers are away. */
  release(): Promise<void>
}

/**
 * ZooKeeper as something one can rely on: sessions expire and servers freeze behind its back. Ephemeral nodes are made
 * anew in every session, what is watched is read anew at every connection, and what the servers fail to tell is found
 * at a round every half minute.
 */
export interface ZooKeeper {
  /**
   * Keeps an ephemeral node of this name and data there. One of another session is taken for our own dead predecessor's.
   * `mayBeMade` is asked each time before it is made or looked after.
   */
  keep(path: string, data: Buffer, mayBeMade?: (handle: ZooKeeperHandle) => Promise<boolean>): Held
  /** Tells the children of a node now and at every change; none while the node does not exist. `onRefused`: they may not be read, for now. */
  watchChildren(path: string, listener: (children: readonly string[]) => void, onRefused?: () => void): Held
  /** Tells the data of a node now and at every change; undefined while the node does not exist. */
  watchData(path: string, listener: (data: Buffer | undefined) => void, onRefused?: () => void): Held
  /** Makes a persistent node and its parents, unless they are there. */
  ensure(path: string, data?: Buffer): Promise<void>
  /** Does something that may be repeated, until it was done in one go. */
  use<Result>(work: (handle: ZooKeeperHandle) => Promise<Result>): Promise<Result>
  readonly isConnected: boolean
  /** Ends the session: its ephemeral nodes go at once. */
  close(): void
}

interface Holding {
  /** Brings it to its wanted state; gives back what shall then be told. */
  readonly work: (handle: ZooKeeperHandle, poke: () => void) => Promise<(() => void) | void>
  /** When it is released. */
  readonly undo?: () => Promise<void>
  readonly onRefused?: (() => void) | undefined
}

const defaultSessionTimeoutMs = 12_000
/** A connection that was just being made when its session was closed is found out then. */
const lastKickAfterMs = 1_000
const retryAfterMs = 500
const roundEveryMs = 30_000
/**
 * Between removing a dead predecessor's node and making our own. Java consumers take the two for one change if they come
 * at once, go on with the dead connection, and try it again only after a minute.
 */
export const staleGapMs = 1_500

export function openZooKeeper(options: ZooKeeperOptions): ZooKeeper {
  const { servers, clock, sessionTimeoutMs = defaultSessionTimeoutMs, onEvent = () => {}, open = openHandle } = options
  refuseMisnamed(servers)
  const tasks = new Set<Task>()
  const watchdog = createWatchdog({
    clock,
    handle: () => handle,
    onKick: (because) => onEvent({ kind: 'kicked', because }),
  })
  let closed = false
  let isConnected = false
  let cancelRound: (() => void) | undefined
  let handle = openSession()
  watchdog.start()
  round()

  function openSession(): ZooKeeperHandle {
    const opened = open(
      { servers, sessionTimeoutMs },
      {
        connected: () => {
          isConnected = true
          watchdog.connected()
          onEvent({ kind: 'connected', sessionId: opened.sessionId() })
          for (const task of tasks) task.poke()
        },
        disconnected: () => {
          if (isConnected) onEvent({ kind: 'disconnected', sessionId: opened.sessionId() })
          isConnected = false
          watchdog.disconnected()
        },
        ended: () => {
          if (closed) return
          isConnected = false
          watchdog.disconnected()
          onEvent({ kind: 'expired' })
          handle = openSession()
        },
      },
    )
    return opened
  }

  function round(): void {
    cancelRound = clock.after(roundEveryMs, () => {
      for (const task of tasks) task.poke()
      round()
    })
  }

  async function use<Result>(work: (handle: ZooKeeperHandle) => Promise<Result>): Promise<Result> {
    for (;;) {
      if (closed) throw new ZooKeeperError('session', 'ZooKeeper was closed')
      try {
        return await work(handle)
      } catch (error) {
        if (!(error instanceof ZooKeeperError) || error.because === 'refused') throw error
        await clock.sleep(retryAfterMs)
      }
    }
  }

  /** Runs `work` whenever the wanted state may be lost, and then what it gives back, unless that was released meanwhile. */
  function hold({ work, undo = async () => {}, onRefused = () => {} }: Holding): Held {
    const { promise: established, resolve } = Promise.withResolvers<void>()
    let isReleased = false
    let wasRefused = false
    const isWanted = () => !isReleased && !closed
    const run = async (): Promise<boolean> => {
      try {
        const tell = await work(handle, poke)
        if (isWanted()) tell?.()
        wasRefused = false
        resolve()
        return true
      } catch (error) {
        if (!(error instanceof ZooKeeperError)) {
          onEvent({ kind: 'failed', message: reasonOf(error) })
          return true
        }
        if (error.because === 'refused') {
          if (!wasRefused) onEvent({ kind: 'refused', message: error.message })
          wasRefused = true
          if (isWanted()) onRefused()
        }
        return closed
      }
    }
    const task = createTask({ clock, retryAfterMs, run })
    const { poke } = task
    tasks.add(task)
    poke()
    return {
      established,
      release: async () => {
        isReleased = true
        tasks.delete(task)
        await task.stop()
        handle.unwatch(poke)
        await undo()
      },
    }
  }

  return {
    keep: (path, data, mayBeMade = async () => true) => {
      const replaceStale = async (current: ZooKeeperHandle): Promise<void> => {
        await current.remove(path)
        onEvent({ kind: 'stale_node_removed', path })
        await clock.sleep(staleGapMs)
      }
      return hold({
        work: async (current, poke) => {
          if (await mayBeMade(current)) await keepEphemeral(current, path, data, poke, () => replaceStale(current))
        },
        undo: async () => {
          // A closed session has taken its nodes along.
          if (!closed) await use((current) => current.remove(path))
        },
      })
    },
    watchChildren: (path, listener, onRefused) =>
      hold({
        work: async (current, poke) => {
          const children = await current.children(path, poke)
          if (children === undefined && (await current.exists(path, poke)) !== undefined) return poke
          return () => listener(children ?? [])
        },
        onRefused,
      }),
    watchData: (path, listener, onRefused) =>
      hold({
        work: async (current, poke) => {
          const read = await current.read(path, poke)
          if (read === undefined && (await current.exists(path, poke)) !== undefined) return poke
          return () => listener(read?.data)
        },
        onRefused,
      }),
    ensure: (path, data = Buffer.alloc(0)) => use((current) => ensurePersistent(current, path, data)),
    use,
    get isConnected() {
      return isConnected
    },
    close: () => {
      closed = true
      watchdog.stop()
      cancelRound?.()
      for (const task of tasks) void task.stop()
      if (!isConnected) clock.after(lastKickAfterMs, handle.kick)
      handle.close()
    },
  }
}

async function keepEphemeral(handle: ZooKeeperHandle, path: string, data: Buffer, onChange: () => void, replaceStale: () => Promise<void>): Promise<void> {
  for (;;) {
    const outcome = await handle.create(path, data, 'ephemeral')
    if (outcome === 'no_parent') await ensurePersistent(handle, parentOf(path), Buffer.alloc(0))
    else {
      const facts = await handle.exists(path, onChange)
      if (facts?.owner === handle.sessionId()) return
      if (facts !== undefined) await replaceStale()
    }
  }
}

async function ensurePersistent(handle: ZooKeeperHandle, path: string, data: Buffer): Promise<void> {
  if (path === '/') return
  while ((await handle.create(path, data, 'persistent')) === 'no_parent') await ensurePersistent(handle, parentOf(path), Buffer.alloc(0))
}

function refuseMisnamed(servers: readonly string[]): void {
  if (servers.length === 0) throw new Error('no ZooKeeper server is given; give at least one, as host:port')
  const wrong = servers.find((server) => !/^[^\s:,/]+:\d{1,5}$/.test(server))
  if (wrong !== undefined) throw new Error(`"${wrong}" is no ZooKeeper server; give host:port`)
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
